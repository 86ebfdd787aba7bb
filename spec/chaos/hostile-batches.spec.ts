/** Several messages in one frame (14.2), of which one is wrong, or all of them together: see hostile-frames.spec.ts. */
import { describe, expect, it } from '@jest/globals';
import type { WampList } from '../../lib/protocol/messages.ts';
import { SERIALIZERS } from '../../lib/serializers/all.ts';
import { batched } from '../../lib/serializers/batched.ts';
import { flatbuffers } from '../../lib/serializers/flatbuffers.ts';
import { BINARY, TEXT, bareFrame, type BareSocket } from '../support/bare-socket.ts';
import { SUBSCRIPTIONS, VIOLATION, hostileStage } from '../support/hostile-stage.ts';

const times = <T>(count: number, make: (n: number) => T): readonly T[] => Array.from({ length: count }, (_, n) => make(n));

const { loose } = hostileStage();

describe.each([...SERIALIZERS, flatbuffers()].map(batched))('a batch ($subprotocol)', (serializer) => {
  const batchOf = (...parts: ReadonlyArray<string | Uint8Array>): Buffer => bareFrame(Buffer.concat(parts.map((part) => Buffer.from(part as string))), { opcode: serializer.binary ? BINARY : TEXT });
  const subscribe = (id: number): WampList => [32, id, {}, 'com.x'];

  it.each<[string, (bare: BareSocket) => Buffer]>([
    ['with a message that is none', (bare) => batchOf(bare.messageOf(subscribe(1)), serializer.binary ? Buffer.from([0, 0, 0, 1, 0xc1]) : '{\x1e', bare.messageOf(subscribe(2)))],
    ['with an empty message', (bare) => batchOf(bare.messageOf(subscribe(1)), serializer.binary ? Buffer.alloc(4) : '\x1e', bare.messageOf(subscribe(2)))],
    ['with millions of empty messages', (bare) => batchOf(bare.messageOf(subscribe(1)), Buffer.alloc(16_000_000, serializer.binary ? 0 : 0x1e))],
    ['that breaks the rules of WAMP in the middle', (bare) => batchOf(bare.messageOf(subscribe(1)), bare.messageOf([33, 2, 2]), bare.messageOf(subscribe(2)))],
  ])('is read up to the one that is wrong, and answered with ABORT: one %s', async (_, batch) => {
    const bare = await loose(serializer, true, async (offender) => {
      offender.write(batch(offender));
      await offender.closed();
    });

    expect(bare.received.slice(1)).toEqual([[33, 1, expect.any(Number)], [3, { message: expect.any(String) }, VIOLATION]]);
  });

  it.each<[string, (bare: BareSocket) => Buffer]>([
    ['of nothing', () => batchOf()],
    ['that ends within a message', (bare) => batchOf(bare.messageOf(subscribe(1)), Buffer.from(bare.messageOf(subscribe(2)) as string).subarray(0, -1))],
    ['whose last length is a lie', (bare) => batchOf(bare.messageOf(subscribe(1)), Buffer.from([0xff, 0xff, 0xff, 0xff, 0x90]))],
    ['that is no batch', (bare) => bare.frameOf(serializer.encode(subscribe(1)))],
  ])('is not read at all, and ends the connection: one %s', async (_, batch) => {
    const bare = await loose(serializer, true, async (offender) => {
      offender.write(batch(offender));
      await offender.closed();
    });

    expect(bare.received).toHaveLength(1);
  });

  it('may have thousands of messages, each of which is answered, and held to the limits', async () => {
    const bare = await loose(serializer, true, async (peer) => {
      peer.write(batchOf(...times(5_000, (n) => peer.messageOf([32, n + 1, { match: 'wildcard' }, `com.hostile..x${n}`])), peer.messageOf([48, 5_001, {}, 'com.bystander.echo', ['behind']])));
      await peer.next(50);
    });

    const answers = bare.received.slice(1, -1).map(([type]) => type);
    expect(answers).toEqual(times(5_000, (n) => (n < SUBSCRIPTIONS ? 33 : 8)));
    bare.socket.destroy();
  });
});
