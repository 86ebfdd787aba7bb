import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clientFrame, maskFrames, serverFrame } from '../../lib/transports/websocket-frames.ts';

const bytesOf = (frame: string) => [...Buffer.from(frame, 'latin1')];

describe('serverFrame', () => {
  it.each([
    ['', [0x81, 0]],
    ['A', [0x81, 1, 0x41]],
    ['é€😀', [0x81, 9, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80]],
    [new Uint8Array([0, 0x80, 0xff]), [0x82, 3, 0, 0x80, 0xff]],
  ])('lays out %p', (payload, bytes) => {
    expect(bytesOf(serverFrame(payload))).toEqual(bytes);
  });

  it.each([[125, [0x81, 125]], [126, [0x81, 126, 0, 126]], [16_384, [0x81, 126, 0x40, 0]]])('writes a length of %i', (length, head) => {
    const frame = bytesOf(serverFrame('x'.repeat(length)));
    expect(frame.slice(0, head.length)).toEqual(head);
    expect(frame).toHaveLength(head.length + length);
  });

  it('writes a character that is half a pair as UTF-8 does', () => {
    expect(bytesOf(serverFrame('\ud800'))).toEqual([0x81, 3, 0xef, 0xbf, 0xbd]);
  });

  it('lays out the same payload once, and another of the same length afresh', () => {
    const text = `["${'a'.repeat(3)}"]`;
    const frame = serverFrame(text);
    expect(serverFrame(text)).toBe(frame);
    expect(bytesOf(serverFrame('["aab"]'))).not.toEqual(bytesOf(frame));
    expect(bytesOf(serverFrame(new Uint8Array([1])))).toEqual([0x82, 1, 1]);
    expect(bytesOf(serverFrame(new Uint8Array([2])))).toEqual([0x82, 1, 2]);
  });

  it('takes the part of a buffer that it is given', () => {
    expect(bytesOf(serverFrame(new Uint8Array([1, 2, 3, 4]).subarray(1, 3)))).toEqual([0x82, 2, 2, 3]);
  });
});

describe('maskFrames', () => {
  const payload = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.uint8Array({ maxLength: 200 }),
    fc.constantFrom('x'.repeat(125), 'y'.repeat(126), 'é'.repeat(4000)),
  );

  it('masks each payload with the key before it, wherever the frames lie in memory', () => {
    fc.assert(fc.property(fc.array(payload, { maxLength: 8 }), fc.nat(9), (payloads, offset) => {
      const frames = Buffer.from(payloads.map(clientFrame).join(''), 'latin1');
      const memory = Buffer.alloc(offset + frames.length + 5, 0xee);
      memory.set(frames, offset);
      maskFrames(memory.subarray(offset, offset + frames.length));

      expect(unmask(memory.subarray(offset, offset + frames.length))).toEqual(payloads.map((each) => Buffer.from(each)));
      expect([...memory.subarray(0, offset), ...memory.subarray(offset + frames.length)].every((byte) => byte === 0xee)).toBe(true);
    }));
  });

  it('gives each frame a key of its own', () => {
    const frames = Buffer.from(clientFrame('').repeat(10_000), 'latin1');
    maskFrames(frames);
    const keys = new Set(Array.from({ length: 10_000 }, (_, i) => frames.readUInt32BE(i * 6 + 2)));
    expect(keys.size).toBeGreaterThan(9990);
  });
});

/** Reads masked frames by the letter of RFC 6455, 5.2 and 5.3. */
function unmask(frames: Buffer): Buffer[] {
  const payloads: Buffer[] = [];
  for (let at = 0; at < frames.length;) {
    expect(frames[at]! & 0xf0).toBe(0x80);
    expect(frames[at + 1]! & 0x80).toBe(0x80);
    let length = frames[at + 1]! & 0x7f;
    at += 2;
    if (length === 126) {
      length = frames.readUInt16BE(at);
      at += 2;
    }
    const key = frames.subarray(at, at + 4);
    at += 4;
    payloads.push(Buffer.from(frames.subarray(at, at + length).map((byte, i) => byte ^ key[i % 4]!)));
    at += length;
  }
  return payloads;
}
