import { beforeEach, describe, expect, it } from '@jest/globals';
import { ProtocolError } from '../../../lib/errors.ts';
import { MessageType } from '../../../lib/protocol/messages.ts';
import { Dealer } from '../../../lib/router/core/dealer.ts';
import type { Member, Outbound } from '../../../lib/router/core/outbound.ts';
import type { Dict } from '../../../lib/types.ts';
import { member } from '../../support/members.ts';

const { CALL, ERROR, INTERRUPT, INVOCATION, REGISTER, RESULT, YIELD } = MessageType;
const PPT = { ppt_scheme: 'wamp', ppt_serializer: 'cbor', ppt_cipher: 'aes256gcm', ppt_keyid: 'k' };
const ENC = { enc_algo: 'cryptobox', enc_key: 'k', enc_serializer: 'json' };

const plain = member(1, { features: ['caller.progressive_call_invocations', 'callee.call_canceling', 'callee.progressive_call_invocations'] });
const able = (id: number, ...more: readonly string[]): Member => member(id, {
  features: ['caller.payload_passthru_mode', 'caller.progressive_call_invocations', 'callee.payload_passthru_mode', 'callee.call_canceling', ...more],
});
const [caller, callee] = [able(2), able(3, 'callee.progressive_call_invocations')];
const unsupported = (request: number, who: string): object => ({
  type: ERROR, requestType: CALL, request, details: {}, error: 'wamp.error.feature_not_supported', args: [`${who} must announce payload_passthru_mode`],
});

describe('Dealer with payloads that are passed through', () => {
  let dealer: Dealer<Member>;
  beforeEach(() => {
    dealer = new Dealer({ nextId: () => 100, after: () => () => {} });
    open.clear();
  });
  /** Requests of calls that have an input. */
  const open = new Set<number>();
  const register = (who: Member, options: Dict = {}): void => {
    dealer.register(who, { type: REGISTER, request: 1, options, procedure: 'com.a' });
  };
  const call = (who: Member, options: Dict, request = 7): readonly Outbound<Member>[] => {
    const message = { type: CALL, request, options, procedure: 'com.a', args: [new Uint8Array(1)], kwargs: undefined };
    if (open.has(request)) return dealer.continuation(who, message);
    const outbound = dealer.call(who, message);
    if (options['progress'] === true) open.add(request);
    return outbound;
  };
  const answer = (who: Member, options: Dict, request = 1): readonly Outbound<Member>[] =>
    dealer.yield(who, { type: YIELD, request, options, args: [1], kwargs: undefined });
  const details = ([first]: readonly Outbound[]): unknown => (first!.message as { readonly details?: Dict }).details;

  it('hands on what is said of the payload, in both directions', () => {
    register(callee);

    expect(call(caller, { ...PPT, ppt_odd: 1, _key: 1 })).toMatchObject([{ to: callee, message: { type: INVOCATION, details: { ...PPT, _key: 1 }, args: [new Uint8Array(1)] } }]);
    expect(details(answer(callee, PPT))).toEqual(PPT);
    expect(details(call(caller, { ...ENC, receive_progress: true }, 8))).toEqual(ENC);
    expect(details(answer(callee, { ...PPT, progress: true }, 2))).toEqual({ ...PPT, progress: true });
    expect(details(answer(callee, {}, 2))).toEqual({});
  });

  it('says of each piece of an input what was said of the first', () => {
    register(callee);

    const pieces = [call(caller, { progress: true, ...PPT }), call(caller, { progress: true, ppt_scheme: 'b' }), call(caller, {})];

    expect(pieces.map(details)).toEqual([{ progress: true, ...PPT }, { progress: true, ...PPT }, PPT]);
  });

  it('throws ProtocolError where the sender has not announced it', () => {
    register(plain);
    const refusal = (type: string, role: string): ProtocolError =>
      new ProtocolError(`${type}.Options.ppt_scheme must be absent where the ${role} has not announced payload_passthru_mode`);

    expect(() => call(plain, PPT)).toThrow(refusal('CALL', 'caller'));
    expect(() => answer(plain, PPT)).toThrow(refusal('YIELD', 'callee'));
  });

  it('refuses a call that its callee could not read', () => {
    register(plain);

    expect(call(caller, PPT)).toEqual([{ to: caller, message: unsupported(7, 'callee') }]);
    expect(dealer.sizes.invocations).toBe(0);
  });

  it('ends a call whose result the caller could not read, and stops a callee that has more', () => {
    register(callee);
    const silent = member(4);
    const [first] = [call(silent, {}), call(silent, { receive_progress: true }, 8)];
    expect(first).toHaveLength(1);

    expect(answer(callee, PPT)).toEqual([{ to: silent, message: unsupported(7, 'caller') }]);
    expect(answer(callee, { ...PPT, progress: true }, 2)).toEqual([
      { to: silent, message: unsupported(8, 'caller') },
      { to: callee, message: { type: INTERRUPT, request: 2, options: { mode: 'killnowait' } } },
    ]);
    expect(dealer.sizes.invocations).toBe(0);
  });

  it('passes a declined call on to nobody who could not read it', () => {
    const declining = able(5, 'callee.call_reroute');
    for (const who of [declining, plain, callee]) register(who, { invoke: 'first' });
    call(caller, PPT);

    const outbound = dealer.error(declining, {
      type: ERROR, requestType: INVOCATION, request: 1, details: {}, error: 'wamp.error.unavailable', args: undefined, kwargs: undefined,
    });

    expect(outbound).toMatchObject([{ to: callee, message: { type: INVOCATION, details: PPT } }]);
  });

  it('keeps results without it as they are', () => {
    register(callee);
    call(caller, {});

    expect(answer(callee, {})).toMatchObject([{ message: { type: RESULT, details: {} } }]);
  });
});
