import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError } from '../../lib/errors.ts';
import { readPassthru, readTransparency } from '../../lib/protocol/payload-passthru.ts';
import type { Dict } from '../../lib/types.ts';
import { anything } from '../support/arbitraries.ts';

describe('readPassthru', () => {
  it('takes the attributes of the specification and nothing else', () => {
    const ppt = { ppt_scheme: 'wamp', ppt_serializer: 'cbor', ppt_cipher: 'aes256gcm', ppt_keyid: 'k' };

    expect(readPassthru({ ...ppt, ppt_other: 'x', acknowledge: true }, 'PUBLISH')).toEqual(ppt);
    expect(readPassthru({ ppt_scheme: 'mqtt', ppt_serializer: null }, 'PUBLISH')).toEqual({ ppt_scheme: 'mqtt' });
  });

  it('finds none without a scheme', () => {
    expect(readPassthru({ ppt_serializer: 'cbor' }, 'PUBLISH')).toBeUndefined();
    expect(readPassthru({ ppt_scheme: '' }, 'PUBLISH')).toBeUndefined();
    expect(readPassthru({ ppt_scheme: null, ppt_keyid: 'k' }, 'PUBLISH')).toBeUndefined();
    expect(readPassthru(Object.create({ ppt_scheme: 'wamp' }) as Dict, 'PUBLISH')).toBeUndefined();
  });

  it('refuses what is no text, with the name of the field', () => {
    expect(() => readPassthru({ ppt_scheme: 'wamp', ppt_keyid: 7 }, 'CALL')).toThrow(new ProtocolError('CALL.Options.ppt_keyid must be a string, got 7'));
  });

  it('reads whatever comes, or throws ProtocolError', () => {
    fc.assert(fc.property(anything, anything, (scheme, keyid) => {
      try {
        const read = readPassthru({ ppt_scheme: scheme, ppt_keyid: keyid }, 'YIELD');
        expect(Object.values(read ?? {}).every((value) => typeof value === 'string')).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }));
  });
});

describe('readTransparency', () => {
  it('takes the attributes that came before those of the specification', () => {
    expect(readTransparency({ enc_algo: 'cryptobox', enc_key: 'k', enc_serializer: 'json', ppt_scheme: 'wamp' }, 'PUBLISH'))
      .toEqual({ enc_algo: 'cryptobox', enc_key: 'k', enc_serializer: 'json' });
    expect(readTransparency({ enc_key: 'k' }, 'PUBLISH')).toBeUndefined();
  });
});
