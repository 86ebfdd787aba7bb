import { describe, expect, it } from '@jest/globals';
import { NEVER, of } from 'rxjs';
import { createClient, ticket, type Client, type ClientOptions } from '../../lib/core/index.ts';
import { ConnectFailedError, InvalidUriError } from '../../lib/errors.ts';
import { ScriptedRouter } from '../../lib/testing/scripted-router.ts';

const given = (options: object): (() => Client) => () => createClient({ transport: NEVER, realm: 'realm1', ...options });
const client = given({})();

/** Options that only the client of `rxwamp` has. */
const LEFT_OUT = {
  createClient: {
    renewal: 'handover', serializers: [], stableAfter: 1, heartbeat: 1000, hints: false, closeWhenHidden: 1, errors: {}, api: {}, validate: 'all', payloadCodec: {}, log: {}, report: () => {}, resume: true,
    resumable: true, resumeSession: 1, resumeToken: 'x', redact: {}, anything: 1,
  },
  call: { deadline: 5, includeQueue: true, signal: new AbortController().signal, routerTimeout: 's', rkey: 'x', passthru: {}, runmode: 'partition', anything: 1 },
  publish: { attributes: {}, passthru: {} },
  topic: { requireJoined: true, recovery: {}, retained: true, history: 5, replay: 5, anything: 1 },
  register: { final: 'last', takeover: true, strategy: 'queue', concurrency: 5, onStop: 'interrupt', discloseCaller: true, forwardTimeout: true, anything: 1 },
} as const;
const each = (verb: keyof typeof LEFT_OUT): readonly (readonly [string, object])[] => Object.entries(LEFT_OUT[verb]).map(([name, value]) => [name, { [name]: value as unknown }]);

describe('createClient', () => {
  it.each(each('createClient'))('refuses the option %s, which only the whole client has', (name, options) => {
    expect(given(options)).toThrow(new TypeError(`${name} must be left to the client of rxwamp, got it in rxwamp/core`));
  });

  it.each(each('call'))('refuses the option %s of a call', (_, options) => {
    expect(() => client.call('com.x', [], options)).toThrow(TypeError);
  });

  it.each(each('topic'))('refuses the option %s of a topic', (_, options) => {
    expect(() => client.topic('com.x', options)).toThrow(TypeError);
  });

  it.each(each('register'))('refuses the option %s of a registration', (_, options) => {
    expect(() => client.register('com.x', () => 1, options)).toThrow(TypeError);
  });

  it.each(each('publish'))('refuses the option %s of a publication', (_, options) => {
    expect(() => client.publish('com.x', [], options)).toThrow(TypeError);
  });

  it('takes what is undefined for what is left out', () => {
    const nothing = Object.fromEntries(Object.keys(LEFT_OUT.createClient).map((name) => [name, undefined]));

    expect(given(nothing)).not.toThrow();
  });

  it.each<[string, object, new (...given: never[]) => Error]>([
    ['a realm that is no URI', { realm: 'a realm' }, InvalidUriError],
    ['no realm', { realm: undefined }, InvalidUriError],
    ['both a url and a transport', { url: 'ws://127.0.0.1/' }, TypeError],
    ['neither', { transport: undefined }, TypeError],
    ['no url in a list', { transport: undefined, url: [] }, TypeError],
    ['another scheme', { transport: undefined, url: 'http://127.0.0.1/' }, TypeError],
    ['another scheme among others', { transport: undefined, url: ['ws://127.0.0.1/', 'rs://127.0.0.1:1'] }, TypeError],
    ['a url without a host', { transport: undefined, url: 'ws:///path' }, TypeError],
    ['an idleClose that no timer waits for', { idleClose: 2 ** 31 }, RangeError],
    ['another rule for offline', { offline: 'maybe' }, RangeError],
    ['a negative time to open', { timeouts: { open: -1 } }, RangeError],
    ['a time to join that is no number', { timeouts: { join: '5' } }, RangeError],
    ['a time to leave that is none', { timeouts: { leave: Number.NaN } }, RangeError],
    ['an endless time to call', { timeouts: { call: Number.POSITIVE_INFINITY } }, RangeError],
    ['a negative delay', { retry: { initialDelay: -1 } }, RangeError],
    ['a jitter that there is not', { retry: { jitter: 'some' } }, RangeError],
    ['a negative number of attempts', { retry: { maxAttempts: -1 } }, RangeError],
  ])('refuses %s', (_, options, expected) => {
    expect(given(options)).toThrow(expected);
  });

  it.each<[string, () => unknown, new (...given: never[]) => Error]>([
    ['a procedure that is no URI', () => client.call('com..x'), InvalidUriError],
    ['a timeout that is none', () => client.call('com.x', [], { timeout: -1 }), RangeError],
    ['a mode to cancel in that there is not', () => client.call('com.x', [], { cancelMode: 'stop' as never }), RangeError],
    ['a rule for offline that there is not', () => client.call('com.x', [], { offline: 'maybe' as never }), RangeError],
    ['a payload that is none', () => client.call('com.x', 'text' as never), TypeError],
    ['a stream of payloads', () => client.call('com.x', of([1]) as never), TypeError],
    ['a dictionary in the place of a payload', () => client.publish('com.x', { a: 1 } as never), TypeError],
    ['a topic to publish to that is no URI', () => client.publish(''), InvalidUriError],
    ['a topic that is no URI', () => client.topic('com x'), InvalidUriError],
    ['a topic to match in a way that there is not', () => client.topic('com.x', { match: 'regex' as never }), RangeError],
    ['a grace that is none', () => client.topic('com.x', { grace: Number.POSITIVE_INFINITY }), RangeError],
    ['a procedure that is no function', () => client.register('com.x', 5 as never), TypeError],
    ['a way to share that there is not', () => client.register('com.x', () => 1, { invoke: 'all' as never }), RangeError],
    ['a patience that is none', () => client.register('com.x', () => 1, { staleSessionTimeout: -1 }), RangeError],
  ])('refuses %s before anything is subscribed to', (_, use, expected) => {
    expect(use).toThrow(expected);
    expect(client.state.kind).toBe('idle');
  });

  it('refuses a url that is none', () => {
    // Of whichever realm the runtime's URL is.
    expect(given({ transport: undefined, url: 'ws://[' })).toThrow('Invalid URL');
  });

  it('keeps secrets out of what errors say', () => {
    const url = 'ws://ann:hunter2@127.0.0.1:1/ws?token=hunter2';
    const said: string[] = [];
    const say = (make: () => unknown): void => { try { make(); } catch (error) { said.push(String(error)); } };
    for (const wrong of ['http://ann:hunter2@h/', 'ws:/ann:hunter2@h/', 'ws://ann:hunter2@[']) say(() => createClient({ url: wrong, realm: 'realm1' }));
    const before = globalThis.WebSocket;
    Object.assign(globalThis, { WebSocket: class { onclose: ((event: object) => void) | undefined; close(): void {} constructor() { queueMicrotask(() => this.onclose?.({ code: 1006, reason: '' })); } } });
    const lost = createClient({ url, realm: 'realm1', auth: ticket({ authid: 'ann', ticket: 'hunter2' }), retry: { maxAttempts: 0 } });

    return lost.connect().then(() => {}, (error: unknown) => {
      Object.assign(globalThis, { WebSocket: before });
      said.push(String(error));
      expect(error).toBeInstanceOf(ConnectFailedError);
      expect(said).toHaveLength(4);
      expect(said.join(' ')).not.toContain('hunter2');
    });
  });

  it('says HELLO with what it can do and who it is', () => {
    const router = new ScriptedRouter({ unexpected: 'keep', handshake: 'script' });
    const options: ClientOptions = { realm: 'realm1', transport: router.transport, lazy: false, auth: [ticket({ authid: 'ann', ticket: 'x' }), { method: 'other', authid: 'bob', authextra: { a: 1 } }] };
    const joining = createClient(options);
    const [hello] = router.take();
    expect(hello).toEqual([1, 'realm1', {
      roles: { publisher: expect.any(Object), subscriber: expect.any(Object), caller: expect.any(Object), callee: expect.any(Object) }, authmethods: ['ticket', 'other'], authid: 'ann', authextra: { a: 1 },
    }]);
    router.sendList(4, 'ticket', {});
    expect(router.take()).toEqual([[5, 'x', {}]]);
    router.sendList(2, 9, { realm: 'other', authid: 'ann', authrole: 'user', authmethod: 'ticket', authextra: 5, authprovider: 7 });
    expect(joining.state).toMatchObject({ kind: 'joined', details: { id: 9, realm: 'other', authid: 'ann', authrole: 'user', authmethod: 'ticket', authextra: {}, authprovider: undefined } });
    router.cut();
    void joining.close();
  });

  it('refuses a challenge that it has no answer to, and one that cannot be answered', () => {
    const [unknown, failing] = [[ticket({ authid: 'ann', ticket: 'x' })], [{ method: 'wampcra', answer: () => { throw new TypeError('hunter2'); } }]].map((auth) => {
      const router = new ScriptedRouter({ unexpected: 'keep', handshake: 'script' });
      const joining = createClient({ realm: 'realm1', transport: router.transport, lazy: false, auth });
      router.take();
      router.sendList(4, 'wampcra', { challenge: 'x' });
      const sent = router.take();
      const { state } = joining;
      void joining.close();
      return [state, sent];
    });
    const abort = (message: string): unknown => [[3, { message }, 'wamp.error.authentication_failed']];

    expect(unknown).toEqual([expect.objectContaining({ kind: 'waiting', cause: expect.objectContaining({ code: 'authentication' }) }), abort('authentication method must be one of ticket, got a challenge for "wampcra"')]);
    expect(failing).toEqual([expect.objectContaining({ kind: 'waiting', cause: expect.objectContaining({ code: 'authentication' }) }), abort('credentials could not be given')]);
  });

  it('joins once, whatever the router says while WELCOME is being proved', () => {
    const router = new ScriptedRouter({ unexpected: 'keep', handshake: 'script' });
    const joining = createClient({ realm: 'realm1', transport: router.transport, lazy: false, auth: { method: 'scram', welcome: () => NEVER } });
    const states: string[] = [];
    joining.state$.subscribe(({ kind }) => states.push(kind));
    router.sendList(2, 9, {});
    router.sendList(2, 10, {});

    expect(states).toEqual(['authenticating']);
    void joining.close();
  });
});
