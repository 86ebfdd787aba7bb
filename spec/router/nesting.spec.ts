import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromWire, toWire } from '../../lib/protocol/wire.ts';
import { createRouter } from '../../lib/router/index.ts';
import { isNestedDeeper } from '../../lib/router/nesting.ts';
import type { Limits } from '../../lib/router/options.ts';
import { message as anyMessage } from '../support/arbitraries.ts';
import { join, type RawPeer } from '../support/raw-peer.ts';

const levels = (value: unknown): number =>
  (typeof value === 'object' && value !== null && !(value instanceof Uint8Array) ? 1 + Math.max(0, ...Object.values(value).map(levels)) : 0);
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

describe('isNestedDeeper', () => {
  it('counts the message, and the deepest of what is in it', () => {
    fc.assert(fc.property(anyMessage, fc.integer({ min: 3, max: 12 }), (message, most) => {
      expect(isNestedDeeper(message, most)).toBe(levels(toWire(message)) > most);
    }));
  });

  it('goes no deeper than it has to', () => {
    expect(isNestedDeeper(fromWire([16, 1, {}, 'com.a', [nested(2_000)]]), 127)).toBe(true);
  });
});

describe('Limits.nesting', () => {
  function ask(limits: Limits, depth: number): RawPeer {
    const peer = join(createRouter({ realms: { realm1: { limits } } }).link());
    peer.connection.next(JSON.stringify([16, 1, { acknowledge: true }, 'com.a', nested(depth)]));
    return peer;
  }

  it.each([
    [3, 2], [4, 3], [128, 127],
  ])('lets %i levels pass, and ends the session at one more', (nesting, arguments_) => {
    expect(ask({ nesting }, arguments_).last).toEqual([17, 1, expect.any(Number)]);

    const refused = ask({ nesting }, arguments_ + 1);

    expect(refused.last).toEqual([3, { message: expect.stringContaining(`at most ${nesting} levels deep`) }, 'wamp.error.protocol_violation']);
    expect(refused.ended).toBe('complete');
  });
});
