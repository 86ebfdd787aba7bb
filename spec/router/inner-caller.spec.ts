import { beforeEach, describe, expect, it } from '@jest/globals';
import { EMPTY, asyncScheduler } from 'rxjs';
import { MessageType, type Message } from '../../lib/protocol/messages.ts';
import { Attachment } from '../../lib/router/attachment.ts';
import { Dealer } from '../../lib/router/core/dealer.ts';
import { Delivery } from '../../lib/router/delivery.ts';
import { InnerCaller } from '../../lib/router/inner-caller.ts';
import { BASIC_METHODS } from '../../lib/router/login-methods.ts';
import { readRouterOptions } from '../../lib/router/settings.ts';
import { newTraffic } from '../../lib/router/traffic.ts';
import { Turns } from '../../lib/router/turns.ts';
import { codec } from '../../lib/serializers/codec.ts';
import { msgpack } from '../../lib/serializers/msgpack.ts';
import type { Frame } from '../../lib/transports/transport.ts';

const { INVOCATION, INTERRUPT } = MessageType;
const PROCEDURE = 'com.app.authorize';

describe('InnerCaller', () => {
  let dealer: Dealer<Attachment>;
  let caller: InnerCaller;
  let callee: Attachment;
  let received: Message[];
  let deliver: Delivery['deliver'];

  beforeEach(() => {
    const { limits, scheduler } = readRouterOptions({ realms: {} }, { serializers: [msgpack()], methods: BASIC_METHODS });
    const traffic = newTraffic();
    dealer = new Dealer({ nextId: () => 1, after: () => () => {} });
    const delivery = new Delivery({ dealer, traffic, log: undefined });
    deliver = (outbound) => delivery.deliver(outbound);
    caller = new InnerCaller({ realm: 'realm1', dealer, turns: new Turns(), deliver, limits, traffic, scheduler, log: undefined });
    received = [];
    const bytes = codec(msgpack());
    const nothing = (): void => {};
    callee = new Attachment({
      channel: {
        codec: bytes, isOpen: true, state: 'established', bufferedAmount: 0, maxLength: Infinity, writable$: EMPTY,
        write: (frame: Frame) => received.push(bytes.decode(frame)), send: nothing, abort: nothing, fail: nothing, close: nothing, drop: nothing,
      },
      host: { receive: nothing, detached: nothing, leave: nothing },
      session: { id: 9, realm: 'realm1', authid: 'ann', authrole: 'user', authmethod: 'anonymous', authprovider: 'static', transport: {} },
      roles: { callee: { features: { call_canceling: true, caller_identification: true } } }, limits, traffic, goodbyeTimeout: 0, scheduler: asyncScheduler, log: undefined,
    });
    deliver(dealer.register(callee, { type: MessageType.REGISTER, request: 1, options: {}, procedure: PROCEDURE }));
    received.length = 0;
  });

  it('calls on subscribe, without a word of who calls, and emits the result', () => {
    const seen: unknown[] = [];
    const call = caller.call(PROCEDURE, [1], { two: 2 });
    expect(received).toEqual([]);

    call.subscribe({ next: (value) => seen.push(value), complete: () => seen.push('complete') });
    deliver(dealer.yield(callee, { type: MessageType.YIELD, request: 1, options: {}, args: [true], kwargs: undefined }));

    expect(received).toEqual([expect.objectContaining({ type: INVOCATION, request: 1, details: {}, args: [1], kwargs: { two: 2 } })]);
    expect(seen).toEqual([{ args: [true], kwargs: {} }, 'complete']);
    expect(caller.size).toBe(0);
    expect(dealer.sizes.members).toBe(1);
  });

  it('errors with what the callee answers, and where there is none', () => {
    const errors: unknown[] = [];
    caller.call('com.app.nobody').subscribe({ error: (error) => errors.push(error) });
    caller.call(PROCEDURE).subscribe({ error: (error) => errors.push(error) });

    deliver(dealer.error(callee, {
      type: MessageType.ERROR, requestType: INVOCATION, request: 1, details: {}, error: 'com.app.no', args: ['why'], kwargs: undefined,
    }));

    expect(errors).toEqual([
      expect.objectContaining({ uri: 'wamp.error.no_such_procedure' }), expect.objectContaining({ uri: 'com.app.no', args: ['why'] }),
    ]);
    expect(caller.size).toBe(0);
  });

  it('cancels the call when it is unsubscribed', () => {
    const subscription = caller.call(PROCEDURE).subscribe();

    subscription.unsubscribe();

    expect(received.map(({ type }) => type)).toEqual([INVOCATION, INTERRUPT]);
    expect(dealer.sizes).toMatchObject({ invocations: 0, members: 1 });
  });
});
