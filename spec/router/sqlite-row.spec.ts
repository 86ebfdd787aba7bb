import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readRow, writeRow } from '../../lib/router/sqlite-row.ts';
import { cbor } from '../../lib/serializers/cbor.ts';
import { anything } from '../support/arbitraries.ts';
import { kept } from '../support/kept-events.ts';

const FULL = kept({
  publication: 2 ** 53, topic: 'com.a', time: 1_700_000_000_000, details: { publisher: 1, _key: 'x' }, args: [1n << 60n, new Uint8Array([1, 2]), null, 'ä'],
  kwargs: { deep: [{ a: 1.5 }] }, lists: { excludeAuthid: ['ann'], excludeAuthrole: undefined, eligibleAuthid: [], eligibleAuthrole: ['staff'] }, rkey: 'k', size: 99,
});

describe('readRow', () => {
  it('reads what was written', () => {
    for (const event of [FULL, kept(), kept({ payload: new Uint8Array([1]), size: 0 })]) expect(readRow(writeRow(event))).toEqual(event);
  });

  it('gives an error where a row is no event', () => {
    const row = cbor().decode(writeRow(FULL));

    fc.assert(fc.property(fc.nat(row.length - 1), fc.jsonValue(), (at, odd) => {
      const read = readRow(cbor().encode(row.with(at, odd)));
      expect(read instanceof Error || typeof read.publication === 'number').toBe(true);
    }));
    for (const at of [0, 1, 2, 3, 4, 8, 9, 10]) expect(readRow(cbor().encode(row.with(at, { odd: 1 })))).toBeInstanceOf(at === 4 ? Object : Error);
  });

  it('gives an error, and throws none, whatever the bytes are', () => {
    fc.assert(fc.property(fc.oneof(anything, fc.uint8Array()), (row) => expect(readRow(row)).toBeInstanceOf(Error)));
    fc.assert(fc.property(fc.nat(), fc.nat(255), (at, byte) => {
      const row = Uint8Array.from(writeRow(FULL) as Uint8Array);
      row[at % row.length] = byte;
      expect(() => readRow(row)).not.toThrow();
    }));
  });
});
