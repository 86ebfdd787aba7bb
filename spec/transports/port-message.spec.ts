import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFrame, readMessage, readOpened, readOpening, writeFrame, writeMessage, writeOpening } from '../../lib/transports/port-message.ts';

const overJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const TERMS = { maxLength: 100, every: 25 };

describe('readMessage', () => {
  it('reads what writeMessage wrote', () => {
    expect(readMessage(writeMessage(7, 'read', 12))).toEqual({ connection: 7, kind: 'read', value: 12 });
    expect(readMessage(overJson(writeMessage(7, 'close')))).toEqual({ connection: 7, kind: 'close', value: undefined });
  });

  it.each([
    [undefined], [null], ['rxwamp'], [{ 0: 'rxwamp', 1: 7, 2: 'close' }], [[]], [['other', 7, 'close']], [['rxwamp', -1, 'close']], [['rxwamp', '7', 'close']],
    [['rxwamp', 7, 'toString']], [['rxwamp', 7, ['close']]], [['rxwamp', 7]],
  ])('takes %j for nothing of ours', (data) => {
    expect(readMessage(data)).toBeUndefined();
  });

  it('takes anything at all', () => {
    fc.assert(fc.property(fc.oneof(fc.anything(), fc.tuple(fc.constant('rxwamp'), fc.anything(), fc.anything(), fc.anything())), (data) => {
      const message = readMessage(data);
      if (message === undefined) return;
      expect(Number.isSafeInteger(message.connection)).toBe(true);
    }));
  });
});

describe('readOpening', () => {
  const opening = { ...TERMS, subprotocols: ['wamp.2.json'], lock: 'here' };

  it('tells whether bytes come as bytes', () => {
    expect(readOpening(structuredClone(writeOpening(opening)))).toEqual({ ...opening, bytes: true });
    expect(readOpening(overJson(writeOpening(opening)))).toEqual({ ...opening, bytes: false });
  });

  it.each([
    [{ ...opening, subprotocols: 'wamp.2.json' }], [{ ...opening, subprotocols: [1] }], [{ ...opening, maxLength: -1 }], [{ ...opening, every: 0.5 }],
    [{ ...opening, lock: 1 }], [{ ...opening, subprotocols: Array<string>(65).fill('x') }], [Object.create(opening)], [undefined],
  ])('refuses %j', (value) => {
    expect(readOpening(value)).toBeUndefined();
  });
});

describe('readOpened', () => {
  it('reads all of it or nothing', () => {
    const opened = { ...TERMS, subprotocol: 'wamp.2.cbor', bytes: true };
    expect(readOpened(opened)).toEqual({ ...opened, lock: undefined });
    for (const name of Object.keys(opened)) expect(readOpened({ ...opened, [name]: {} })).toBeUndefined();
  });
});

describe('readFrame', () => {
  it('reads what writeFrame wrote, also where only JSON is carried', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()), (frame) => {
      expect(readFrame(structuredClone(writeFrame(frame, true)))).toEqual(frame);
      expect(readFrame(overJson(writeFrame(frame, false)))).toEqual(frame);
    }));
  });

  it.each([[1], [null], [{}], [{ base64: 1 }], [{ base64: 'a' }], [[1, 2]], [new Uint16Array(1)]])('refuses %j', (value) => {
    expect(readFrame(value)).toBeUndefined();
  });
});
