import { describe, expect, it } from '@jest/globals';
import { Reconnection, type RetryOptions } from '../../lib/client/reconnect.ts';
import { AbortError, AuthenticationError, ConnectFailedError, GoodbyeError, HeartbeatLostError, ProtocolError, TimeoutError, TransportLostError } from '../../lib/errors.ts';

const PLAIN: RetryOptions = { initialDelay: 100, maxDelay: 1000, jitter: 'none' };
const reconnection = (options: RetryOptions = PLAIN, random: () => number = () => 0.5): Reconnection => new Reconnection(options, random);

describe('Reconnection', () => {
  it.each([
    ['the connection was lost', new TransportLostError('gone'), 100],
    ['the heartbeat was lost', new HeartbeatLostError('silent'), 100],
    ['WELCOME did not come in time', new TimeoutError('late'), 100],
    ['it could not be opened', new ConnectFailedError('refused'), 100],
    ['credentials could not be given', new AuthenticationError('no'), 100],
    ['the router shuts down', new GoodbyeError('wamp.close.system_shutdown'), 100],
    ['the router closes the realm', new GoodbyeError('wamp.close.close_realm'), 100],
    ['the router shuts down while it is joined', new AbortError('wamp.close.system_shutdown'), 100],
    ['the router closes the realm while it is joined', new AbortError('wamp.close.close_realm'), 100],
    ['the router says goodbye', new GoodbyeError('wamp.close.goodbye_and_out'), 100],
    ['the router has a reason of its own', new AbortError('com.example.reason'), 100],
    ['there is no such realm', new AbortError('wamp.error.no_such_realm'), 1000],
    ['there is no such role', new AbortError('wamp.error.no_such_role'), 1000],
    ['it was killed', new GoodbyeError('wamp.close.killed'), 1000],
    ['it is refused once', new AbortError('wamp.error.authentication_failed'), 100],
    ['it is denied once', new AbortError('wamp.error.authentication_denied'), 100],
    ['it is not authorized once', new AbortError('wamp.error.not_authorized'), 100],
    ['no method suits the router once', new AbortError('wamp.error.no_matching_auth_method'), 100],
    ['it broke the protocol once', new AbortError('wamp.error.protocol_violation'), 100],
    ['the router broke the protocol once', new ProtocolError('what?'), 100],
    ['the router knows when it is back', new GoodbyeError('wamp.close.system_shutdown', { retry_after: 7 }), 7000],
    ['what stands in front of it knows', new ConnectFailedError('503', { cause: Object.assign(new Error(), { status: 503, retryAfter: 7 }) }), 7000],
    ['nobody knows', new ConnectFailedError('refused', { cause: null }), 100],
    ['the router says nonsense about it', new GoodbyeError('wamp.close.system_shutdown', { retry_after: -7 }), 100],
  ])('tries again where %s', (_, cause, delay) => {
    expect(reconnection().decide(cause, 1)).toBe(delay);
  });

  it('gives up at the second refusal of credentials in a row', () => {
    const rules = reconnection();
    expect([1, 2].map((attempt) => rules.decide(new AbortError('wamp.error.authentication_denied'), attempt))).toEqual([100, false]);
  });

  it('gives up at once where there will be no credentials any more, unless shouldReconnect knows better', () => {
    const gone = new AuthenticationError('revoked', { terminal: true });
    expect([reconnection(), reconnection({ ...PLAIN, shouldReconnect: () => true })].map((rules) => rules.decide(gone, 1))).toEqual([false, 100]);
  });

  it('forgets a refusal that was followed by a session', () => {
    const rules = reconnection();
    rules.decide(new AbortError('wamp.error.not_authorized'), 1);
    rules.joined();
    rules.decide(new TransportLostError('gone'), 2);
    expect(rules.decide(new AbortError('wamp.error.not_authorized'), 3)).toBe(400);
  });

  it('gives up at the third breach of protocol in a row, sessions in between or not', () => {
    const rules = reconnection();
    const verdicts = [1, 2, 3].map((attempt) => {
      rules.joined();
      return rules.decide(new ProtocolError('again'), attempt);
    });
    expect(verdicts).toEqual([100, 200, false]);
  });

  it('counts from the beginning once the count of attempts does', () => {
    const rules = reconnection();
    expect([1, 2, 1, 2].map((attempt) => rules.decide(new ProtocolError('again'), attempt))).toEqual([100, 200, 100, 200]);
  });

  it('gives up over a mistake of the program', () => {
    expect(reconnection().decide(new TypeError('url must be a string'), 1)).toBe(false);
  });

  it('spreads the first attempt after a session over twice the first delay', () => {
    const rules = reconnection({ initialDelay: 500 }, () => 0.9);
    expect(rules.decide(new ConnectFailedError('refused'), 1)).toBe(450);
    rules.joined();
    expect(rules.decide(new TransportLostError('gone'), 1)).toBe(900);
  });

  it('lets shouldReconnect have the first word', () => {
    const verdicts = [false, true, 42, undefined].map((verdict) => reconnection({ ...PLAIN, shouldReconnect: () => verdict }).decide(new TypeError('mistake'), 1));
    expect(verdicts).toEqual([false, 100, 42, false]);
  });
});
