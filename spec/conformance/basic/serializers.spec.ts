import { expect, it } from '@jest/globals';
import { FORMATS, type List } from '../support/formats.ts';
import { ANY_ID } from '../support/peer.ts';
import { section } from '../support/section.ts';

/** "The application payloads [...] may use other types a concrete serialization format supports." */
const PAYLOAD: List = [
  0, 1, -1, 255, 65_536, 2 ** 40, 9_007_199_254_740_991, -2_147_483_649, 0.5, -1.25e-9, '', 'grüße, 話題, 🙂', '\u2028"\\', true, false, null,
  [], [[1], [2, [3]]], {}, { nested: { list: [null, { deep: 'x' }] } }, { 'with space': 1, '': 2, toString: 3 },
];

section('Basic Profile, Serializers', (bench) => {
  // "enabling components using different kinds of serializations to connect to each other".
  it.each(FORMATS)('carries events and calls from and to $name', async (format) => {
    const [here, there] = [await bench.join(), await bench.join({}, { format })];
    const subscription = await there.subscribe('com.topic');
    const registration = await there.register('com.procedure');

    here.send([16, 1, {}, 'com.topic', PAYLOAD, { kw: PAYLOAD }], [48, 2, {}, 'com.procedure', PAYLOAD, { kw: PAYLOAD }]);

    expect(await there.receiveMany(2)).toEqual([
      [36, subscription, ANY_ID, {}, PAYLOAD, { kw: PAYLOAD }],
      [68, 1, registration, {}, PAYLOAD, { kw: PAYLOAD }],
    ]);
    there.send([70, 1, {}, PAYLOAD, { kw: PAYLOAD }]);
    expect(await here.receive()).toEqual([50, 2, {}, PAYLOAD, { kw: PAYLOAD }]);
  });

  // "binary data follows a convention for conversion to JSON strings": base64 behind a NUL.
  it.each(FORMATS)('carries byte arrays from and to $name', async (format) => {
    const [here, there] = [await bench.join(), await bench.join({}, { format })];
    await there.subscribe('com.topic');
    const octets = [0x10, 0xe3, 0xff, 0x90, 0x53, 0x07, 0x5c, 0x52, 0x6f, 0x5f, 0xc0, 0x6d, 0x4f, 0xe3, 0x7c, 0xdb];

    here.send([16, 1, {}, 'com.topic', [here.format.bytes(...octets), here.format.bytes()]]);

    const [, , , , args] = await there.receive() as [number, number, number, object, (string | Uint8Array)[]];
    expect(args.map(plain)).toEqual([there.format.bytes(...octets), there.format.bytes()]);
  });

  it('has the example of "Binary support in JSON"', () => {
    expect(FORMATS[0]?.bytes(0x10, 0xe3, 0xff, 0x90, 0x53, 0x07, 0x5c, 0x52, 0x6f, 0x5f, 0xc0, 0x6d, 0x4f, 0xe3, 0x7c, 0xdb))
      .toBe('\0EOP/kFMHXFJvX8BtT+N82w==');
  });
});

// Libraries give views of buffers of classes of their own.
function plain(value: string | Uint8Array): string | Uint8Array {
  return typeof value === 'string' ? value : Uint8Array.from(value);
}
