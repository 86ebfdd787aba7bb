import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NEVER, Subject } from 'rxjs';
import { ApplicationError, TransportLostError } from '../../lib/errors.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import { result } from '../../lib/session/options.ts';
import { ReceivedEvent } from '../../lib/session/topic-observer.ts';
import { showValue } from '../../lib/testing/show-value.ts';

const event = (args: readonly unknown[], kwargs?: { readonly [key: string]: unknown }): ReceivedEvent =>
  new ReceivedEvent('com.x', { publication: 5, details: {}, args, kwargs }, {});
const eventAsData = { topic: 'com.x', publication: 5, params: {}, details: {}, args: [1], kwargs: {} };
const lost = new TransportLostError('gone');
const call = { type: MessageType.CALL, request: 7, options: {}, procedure: 'com.add', args: [2, 3], kwargs: undefined };
class Price {
  readonly amount = 3;
}
class Boom extends Error {}
const ring: unknown[] = [1];
ring.push(ring);

describe('showValue', () => {
  it.each<readonly [unknown, string]>([
    [event([1], { k: 2 }), 'EVENT com.x [1] {k: 2}'],
    [event([]), 'EVENT com.x []'],
    [event([], { k: 2 }), 'EVENT com.x {k: 2}'],
    [eventAsData, 'EVENT com.x [1]'],
    [{ ...eventAsData, more: 1 }, '{topic: "com.x", publication: 5, params: {}, details: {}, args: [1], kwargs: {}, more: 1}'],
    [{ progress: false, args: [3], kwargs: {}, details: {} }, 'RESULT [3]'],
    [{ progress: true, args: [1], kwargs: {}, details: {} }, 'PROGRESS [1]'],
    [{ progress: true, args: [1], more: 1 }, '{progress: true, args: [1], more: 1}'],
    [{ procedure: 'com.add', args: [1], kwargs: {}, details: {}, progress: false, caller: 5 }, 'INVOCATION com.add [1]'],
    [result([1]), 'CallAnswer {args: [1], kwargs: {}}'],
    [call, 'CALL 7 com.add [2,3]'],
    [{ direction: 'out', at: 5, session: 1, message: call, bytes: 20 }, 'out CALL 7 com.add [2,3]'],
    [{ kind: 'event', event: event([1]) }, 'event (EVENT com.x [1])'],
    [{ kind: 'subscribed', session: 1, subscription: 2 }, 'subscribed (session 1, subscription 2)'],
    [{ kind: 'suspended', cause: lost }, 'suspended (TransportLostError: gone)'],
    [{ kind: 'suspended', cause: undefined }, 'suspended'],
    [{ kind: 'gap', from: 5, duration: 120, cause: lost }, 'gap (from 5, 120 ms, TransportLostError: gone)'],
    [{ kind: 'idle' }, 'idle'],
    [{ kind: 'connecting', attempt: 0, url: 'ws://a' }, 'connecting (attempt 0, ws://a)'],
    [{ kind: 'authenticating', attempt: 0, method: 'ticket' }, 'authenticating (attempt 0, ticket)'],
    [{ kind: 'joined', session: new Subject(), details: {}, since: 5 }, 'joined'],
    [{ kind: 'waiting', attempt: 1, delay: 500, retryAt: 700, cause: lost }, 'waiting (attempt 1, 500 ms, TransportLostError: gone)'],
    [{ kind: 'draining' }, 'draining'],
    [{ kind: 'closed', cause: undefined }, 'closed'],
    [{ kind: 'closed', reason: 1 }, '{kind: "closed", reason: 1}'],
    [{ kind: 'waiting', attempt: expect.any(Number) }, 'waiting (attempt Any<Number>)'],
  ])('shows what WAMP has a name for: %#', (value, text) => {
    expect(showValue(value)).toBe(text);
  });

  it.each<readonly [unknown, string]>([
    ['a\n', '"a\\n"'],
    [-0, '-0'],
    [10n, '10n'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Symbol('a'), 'Symbol(a)'],
    [function add() {}, 'function add'],
    [() => 1, 'function'],
    [Price, 'class Price'],
    [[1, ['a']], '[1, ["a"]]'],
    [{ a: 1, 'b c': undefined, 'd e': { f: 2 } }, '{a: 1, "d e": {f: 2}}'],
    [{ [Symbol('s')]: 1 }, '{[Symbol(s)]: 1}'],
    [Object.create(null), '{}'],
    [new Price(), 'Price {amount: 3}'],
    [new Date(0), 'Date 1970-01-01T00:00:00.000Z'],
    [new Date(Number.NaN), 'Date invalid'],
    [new Uint8Array([1, 255]), 'Uint8Array [1, 255]'],
    [new Map([['a', [1]]]), 'Map {"a" => [1]}'],
    [new Set([1, 'a']), 'Set {1, "a"}'],
    [new URL('ws://a/b'), 'URL ws://a/b'],
    [/a/g, 'RegExp /a/g'],
    [NEVER, 'Observable'],
    [new Error('boom'), 'Error: boom'],
    [new Error('a\n  b'), 'Error: a b'],
    [new Error(), 'Error'],
    [new Boom('no'), 'Boom: no'],
    [Object.assign(new Error('no'), { name: 'A\nB' }), 'A B: no'],
    [Symbol('a\r\n\u001bb'), 'Symbol(a b)'],
    [new ApplicationError('com.no', { args: ['why'] }), 'ApplicationError: com.no: why'],
    [new ApplicationError('com.no', {}, { operation: { verb: 'call', uri: 'com.add' } }), 'ApplicationError: com.no (call com.add)'],
    [new TransportLostError('com.add is lost', { operation: { verb: 'call', uri: 'com.add' }, cause: lost }), 'TransportLostError: com.add is lost (TransportLostError: gone)'],
    [new ApplicationError('com.no', {}, { operation: { verb: 'call', uri: 'com.add' }, cause: new Error('why', { cause: lost }) }), 'ApplicationError: com.no (call com.add, Error: why)'],
    [ring, '[1, [circular]]'],
    [[[[[[1]]]]], '[[[[[…]]]]]'],
    [Array.from({ length: 10 }, (_, at) => at), '[0, 1, 2, 3, 4, 5, 6, 7, … 2 more]'],
    [new Uint8Array(1000), 'Uint8Array [0, 0, 0, 0, 0, 0, 0, 0, … 992 more]'],
    ['x'.repeat(100), `"${'x'.repeat(59)}…"`],
    [expect.any(String), 'Any<String>'],
    [expect.objectContaining({ args: ['a'] }), 'ObjectContaining {args: ["a"]}'],
    [{ asymmetricMatch: () => true }, 'matcher'],
    [[{ frame: 2, notification: { kind: 'N', value: 'a' } }, { frame: 5, notification: { kind: 'E', error: lost } }], 'Observable (2 ms "a", 5 ms # TransportLostError: gone)'],
    [[{ frame: 2, notification: { kind: 'C' } }], 'Observable (2 ms |)'],
    [{ get a() { throw new Error('no'); } }, 'a value that cannot be shown'],
  ])('shows all else in short JavaScript: %#', (value, text) => {
    expect(showValue(value)).toBe(text);
  });

  it('is one short line, whatever it is given', () => {
    const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true, withNullPrototype: true, withSparseArray: true, maxDepth: 6, maxKeys: 20 });

    fc.assert(fc.property(anything, fc.string({ unit: 'binary', maxLength: 300 }), (value, message) => {
      for (const text of [showValue(value), showValue({ [message]: value }), showValue(new Error(message)), showValue([message])]) {
        expect(text.length).toBeLessThanOrEqual(160);
        expect(text).not.toMatch(/\n/);
      }
    }));
  });
});
