import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boxKeyPair, sealBox } from '../../lib/crypto/box.ts';
import { cryptobox } from '../../lib/encryption/cryptobox.ts';
import { Keyring, type KeyPairing } from '../../lib/encryption/keyring.ts';
import type { EncodedPayload, PayloadCodec, PayloadContext } from '../../lib/encryption/payload-codec.ts';
import { EncryptionError } from '../../lib/errors.ts';
import type { Payload } from '../../lib/types.ts';
import { bytes, dict, list, uri } from '../support/arbitraries.ts';

const [ann, bob, eve] = [boxKeyPair(), boxKeyPair(), boxKeyPair()];
const DIALECTS = ['passthru', 'transparency'] as const;
type Dialect = (typeof DIALECTS)[number];

const calls = (secretKey = ann.secretKey, publicKey = bob.publicKey): KeyPairing => ({ originator: { secretKey }, responder: { publicKey } });
const answers = (secretKey = bob.secretKey, publicKey = ann.publicKey): KeyPairing => ({ originator: { publicKey }, responder: { secretKey } });
const codec = (keys: KeyPairing | readonly KeyPairing[], dialect: Dialect = 'passthru', at = ''): PayloadCodec => cryptobox(new Keyring({ [at]: keys }), { dialect });

const ASKED: PayloadContext = { uri: 'com.x', from: 'originator' };
const ANSWERED: PayloadContext = { uri: 'com.x', from: 'responder' };
const PLAIN: Payload = { args: ['recipe', 7], kwargs: { more: 'of tea' } };

const sealed = (by: PayloadCodec, payload: Payload = PLAIN, context = ASKED): EncodedPayload => {
  const encoded = by.encode(payload, context);
  if (encoded === undefined) throw new Error('it was not sealed');
  return encoded;
};
const failure = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (!(error instanceof EncryptionError)) throw error;
    expect(`${error.message} ${String(error.cause)}`).not.toMatch(/recipe|of tea/);
    return error.reason;
  }
  return 'nothing failed';
};
const dialect = fc.constantFrom(...DIALECTS);
const payload = fc.record({ args: list, kwargs: dict }, { noNullPrototype: true });

describe.each(DIALECTS)('cryptobox, dialect %s', (way) => {
  const [caller, callee] = [codec(calls(), way), codec(answers(), way)];

  it('opens what the other end has sealed, whatever it is', () => {
    fc.assert(fc.property(payload, bytes, uri.filter((one) => !one.startsWith('wamp.')), fc.boolean(), (plain, raw, of, asks) => {
      const [writer, reader, from] = asks ? [caller, callee, 'originator' as const] : [callee, caller, 'responder' as const];
      const given = { args: [...plain.args, raw], kwargs: plain.kwargs };

      expect(reader.decode(sealed(writer, given, { uri: of, from }), { uri: of, from })).toEqual(given);
    }));
  });

  it('seals the same payload in another way each time', () => {
    const boxes = Array.from({ length: 50 }, () => String(sealed(caller).payload));

    expect(new Set(boxes).size).toBe(50);
    expect(new Set(boxes.map((box) => box.split(',').slice(0, 24).join())).size).toBe(50);
  });

  it('opens boxes in any order, and once more', () => {
    const boxes = [1, 2, 3].map((n) => sealed(caller, { args: [n], kwargs: {} }));

    expect([2, 0, 1, 1].map((at) => callee.decode(boxes[at]!, ASKED))).toEqual([3, 1, 2, 2].map((n) => ({ args: [n], kwargs: {} })));
  });

  it('shows nothing of what is sealed', () => {
    const { payload: box } = sealed(caller);

    expect(Buffer.from(box).toString('latin1')).not.toMatch(/recipe|of tea|com\.x/);
  });

  it('opens nothing of which a bit was flipped, or that is cut short or goes on', () => {
    fc.assert(fc.property(fc.nat(), fc.nat({ max: 7 }), fc.nat(), (where, bit, length) => {
      const box = sealed(caller);
      const change = (bytesOf: (from: Uint8Array) => Uint8Array): EncodedPayload => ({ ...box, payload: bytesOf(box.payload) });
      const size = box.payload.length;

      expect(failure(() => callee.decode(change((from) => from.map((byte, at) => (at === where % size ? byte ^ (1 << bit) : byte))), ASKED))).toBe('not-authentic');
      expect(failure(() => callee.decode(change((from) => from.subarray(0, length % size)), ASKED))).toMatch(/^(not-authentic|malformed)$/);
      expect(failure(() => callee.decode(change((from) => Uint8Array.from([...from, 0])), ASKED))).toBe('not-authentic');
    }));
  });

  it('opens nothing that somebody else has sealed', () => {
    expect(failure(() => codec(answers(eve.secretKey), way).decode({ ...sealed(caller), ...(way === 'passthru' && { passthru: { scheme: 'wamp', serializer: 'cbor', cipher: 'xsalsa20poly1305' } }) } as EncodedPayload, ASKED))).toBe('not-authentic');
    expect(failure(() => callee.decode(sealed(codec(calls(eve.secretKey), way)), ASKED))).toBe('not-authentic');
  });

  it('opens nothing that was written for another URI', () => {
    expect(failure(() => callee.decode(sealed(caller), { ...ASKED, uri: 'com.y' }))).toBe('misdirected');
  });

  it('takes no question of ours for an answer', () => {
    const { passthru } = sealed(callee, PLAIN, ANSWERED);
    const reflected = sealed(caller);

    expect(failure(() => caller.decode((passthru === undefined ? reflected : { ...reflected, passthru }) as EncodedPayload, ANSWERED))).toBe('misdirected');
  });

  it('takes no error of one procedure for that of another', () => {
    const error = (procedure: string): PayloadContext => ({ uri: 'com.error', from: 'responder', procedure });

    expect(caller.decode(sealed(callee, PLAIN, error('com.x')), error('com.x'))).toEqual(PLAIN);
    expect(failure(() => caller.decode(sealed(callee, PLAIN, error('com.x')), error('com.y')))).toBe('misdirected');
  });

  it('reads any bytes as nothing but an error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom('cbor', 'json', 'x', undefined), (box, serializer) => {
      const hostile: EncodedPayload = way === 'passthru'
        ? { payload: box, passthru: { scheme: 'wamp', cipher: 'xsalsa20poly1305', serializer } }
        : { payload: box, transparency: { algo: 'cryptobox', serializer } };

      expect(failure(() => callee.decode(hostile, ASKED))).toMatch(/^(not-authentic|malformed)$/);
    }));
  });

  // Who has the keys need not mean well either.
  it('reads whatever the other end seals as a payload, or as nothing but an error', () => {
    const shared = new Keyring({ '': calls() }).find('')![0]!.shared;
    const encode = (text: Uint8Array): Uint8Array => Uint8Array.from([...new Uint8Array(24), ...sealBox(shared, new Uint8Array(24), text)]);
    const texts = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.json().map((text) => new TextEncoder().encode(text)), fc.constantFrom(
      '', '{}', '[]', '{},{}', '{}]', 'null', '{"args":{}}', '{"kwargs":[]}', '{"uri":7}', '{"from":"responder"}', '{"__proto__":{"args":[1]}}', '['.repeat(500), '{"args":["\\u0000!"]}', '{"args":[1e999]}',
    ).map((text) => new TextEncoder().encode(text)));
    fc.assert(fc.property(texts, fc.constantFrom('json', 'cbor', 'msgpack', undefined), (text, serializer) => {
      const hostile: EncodedPayload = way === 'passthru'
        ? { payload: encode(text), passthru: { scheme: 'wamp', cipher: 'xsalsa20poly1305', serializer } }
        : { payload: encode(text), transparency: { algo: 'cryptobox', serializer } };
      try {
        const opened = callee.decode(hostile, ASKED) as Payload;
        expect([Array.isArray(opened.args), typeof opened.kwargs]).toEqual([true, 'object']);
      } catch (error) {
        expect(error).toBeInstanceOf(EncryptionError);
      }
      expect(({} as { args?: unknown }).args).toBeUndefined();
    }), { numRuns: 400 });
  });

  it('goes on reading with the keys of before while they are changed', () => {
    const keyring = new Keyring({ 'com.': answers() });
    const reader = cryptobox(keyring, { dialect: way });
    const before = sealed(caller);
    const after = sealed(codec(calls(eve.secretKey), way));

    keyring.set('com.', [answers(bob.secretKey, eve.publicKey), answers()]);
    expect([before, after].map((box) => reader.decode(box, ASKED))).toEqual([PLAIN, PLAIN]);

    keyring.set('com.', answers(bob.secretKey, eve.publicKey));
    expect(reader.decode(after, ASKED)).toEqual(PLAIN);
    expect(failure(() => reader.decode(before, ASKED))).toBe('not-authentic');
  });

  it('lets nothing pass for which it lacks the key', () => {
    const other = codec(calls(), way, 'com.other');

    expect(failure(() => other.decode(sealed(callee, PLAIN, ANSWERED), ANSWERED))).toBe('missing-key');
    expect(failure(() => caller.encode(PLAIN, ANSWERED))).toBe('missing-key');
    expect(failure(() => caller.decode(sealed(caller), ASKED))).toBe('missing-key');
    expect(other.encode(PLAIN, ASKED)).toBeUndefined();
  });

  it('leaves to the router what is the router’s, and encrypts its errors of procedures', () => {
    expect(caller.encode(PLAIN, { uri: 'wamp.session.count', from: 'originator' })).toBeUndefined();
    expect(callee.encode(PLAIN, { uri: 'wamp.error.runtime_error', from: 'responder', procedure: 'com.x' })).toBeDefined();
  });

  it('accepts nothing plain where there is a key', () => {
    const some = codec(calls(), way, 'com.');

    expect(['com.x', 'org.x', 'wamp.x'].map((of) => some.acceptsPlain({ uri: of, from: 'responder' }))).toEqual([false, true, true]);
  });
});

describe('cryptobox', () => {
  it('says how a payload is to be read, as the specification or as Autobahn has it', () => {
    const { passthru } = sealed(codec(calls()));
    const { transparency } = sealed(codec(calls(), 'transparency'));

    expect(passthru).toEqual({ scheme: 'wamp', serializer: 'cbor', cipher: 'xsalsa20poly1305', keyid: expect.stringMatching(/^0x[0-9a-fA-F]{40}$/) });
    expect(transparency).toEqual({ algo: 'cryptobox', serializer: 'json' });
  });

  it('reads either dialect, whichever it writes', () => {
    fc.assert(fc.property(dialect, dialect, (writes, reads) => {
      expect(codec(answers(), reads).decode(sealed(codec(calls(), writes)), ASKED)).toEqual(PLAIN);
    }));
  });

  it.each([
    ['of another scheme', { payload: new Uint8Array(60), passthru: { scheme: 'mqtt' } }],
    ['of another algorithm', { payload: new Uint8Array(60), transparency: { algo: 'mqtt' } }],
  ])('leaves alone what is %s', (_, encoded) => {
    expect(codec(answers()).decode(encoded, ASKED)).toBeUndefined();
  });

  it.each(['aes256gcm', undefined])('refuses the cipher %s', (cipher) => {
    const box = sealed(codec(calls()));

    expect(failure(() => codec(answers()).decode({ payload: box.payload, passthru: { scheme: 'wamp', serializer: 'cbor', cipher } }, ASKED))).toBe('unsupported');
  });

  it('finds the key by the name that it was sealed with, in either case of letters', () => {
    const box = sealed(codec({ ...calls(), keyid: '2026a' }));
    const reader = codec([{ ...answers(), keyid: '2026b' }, { ...answers(), keyid: '2026A' }]);

    expect(reader.decode(box, ASKED)).toEqual(PLAIN);
    expect(failure(() => codec({ ...answers(), keyid: '2026b' }).decode(box, ASKED))).toBe('missing-key');
  });

  it('encrypts an error with the keys of its procedure, and in the dialect of Autobahn with those of its own URI if there are any', () => {
    const rings = (at: string, pair: (secret?: Uint8Array) => KeyPairing): Keyring => new Keyring({ 'com.x': pair(), [at]: pair() });
    const context: PayloadContext = { uri: 'com.error.x', from: 'responder', procedure: 'com.x' };
    const errorKeys = new Keyring({ 'com.error.': { ...calls(), keyid: 'error' } });
    const box = (way: Dialect): EncodedPayload => sealed(cryptobox(rings('com.error.', answers), { dialect: way }), PLAIN, context);

    expect(cryptobox(errorKeys).decode(box('transparency'), context)).toEqual(PLAIN);
    expect(codec(calls(), 'passthru', 'com.x').decode(box('passthru'), context)).toEqual(PLAIN);
  });

  it('refuses a dialect that is none', () => {
    expect(() => cryptobox(new Keyring(), { dialect: 'rot13' as never })).toThrow(new RangeError('dialect must be passthru or transparency, got "rot13"'));
  });
});
