import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inspect } from 'node:util';
import { toHex } from '../../lib/crypto/bytes.ts';
import { ethereumKey, hashTypedData, recoverTypedData, verifyTypedData, type TypedData } from '../../lib/crypto/eip712.ts';
import type { Dict } from '../../lib/types.ts';

/** The example of EIP-712; its key is Keccak-256 of "cow". */
const COW = 'c85ef7d79691fe79573b1a7064c19c1a9819ebdbd1faaab1a8ec92344438aaf4';
const COW_ADDRESS = '0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826';
const PERSON = [{ name: 'name', type: 'string' }, { name: 'wallet', type: 'address' }];
const MAIL: TypedData = {
  domain: { name: 'Ether Mail', version: '1', chainId: 1, verifyingContract: '0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC' },
  types: { Person: PERSON, Mail: [{ name: 'from', type: 'Person' }, { name: 'to', type: 'Person' }, { name: 'contents', type: 'string' }] },
  primaryType: 'Mail',
  message: {
    from: { name: 'Cow', wallet: '0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826' }, to: { name: 'Bob', wallet: '0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB' }, contents: 'Hello, Bob!',
  },
};
const MAIL_SIGNATURE = '0x4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b915621c';

/** "Example 3" of cryptosign: a delegate, and who vouches for it. */
const WMP_DOMAIN = [{ name: 'name', type: 'string' }, { name: 'version', type: 'string' }];
const CERTIFICATES: readonly (readonly [data: TypedData, signature: string, signer: string])[] = [
  [{
    domain: { name: 'WMP', version: '1' },
    primaryType: 'EIP712DelegateCertificate',
    types: {
      EIP712Domain: WMP_DOMAIN,
      EIP712DelegateCertificate: [
        { name: 'chainId', type: 'uint256' }, { name: 'verifyingContract', type: 'address' }, { name: 'validFrom', type: 'uint256' }, { name: 'delegate', type: 'address' },
        { name: 'csPubKey', type: 'bytes32' }, { name: 'bootedAt', type: 'uint64' }, { name: 'meta', type: 'string' },
      ],
    },
    message: {
      bootedAt: 1658765756680628959n, chainId: 1, csPubKey: '12ae0184b180e9a9c5e45be4a1afbce3c6491320063701cd9c4011a777d04089',
      delegate: '0xf5173a6111B2A6B3C20fceD53B2A8405EC142bF6', meta: '', validFrom: 15212703, verifyingContract: '0xf766Dc789CF04CD18aE75af2c5fAf2DA6650Ff57',
    },
  }, '8fe06bb269110c6bc0e011ea2b7da07091c674f7fe67458c1805157157da702b70b56cdf662666dc386820ded0116b6b84151df1ed65210eeecd7e477cdb765b1b', '0xf5173a6111B2A6B3C20fceD53B2A8405EC142bF6'],
  [{
    domain: { name: 'WMP', version: '1' },
    primaryType: 'EIP712AuthorityCertificate',
    types: {
      EIP712Domain: WMP_DOMAIN,
      EIP712AuthorityCertificate: [
        { name: 'chainId', type: 'uint256' }, { name: 'verifyingContract', type: 'address' }, { name: 'validFrom', type: 'uint256' }, { name: 'issuer', type: 'address' },
        { name: 'subject', type: 'address' }, { name: 'realm', type: 'address' }, { name: 'capabilities', type: 'uint64' }, { name: 'meta', type: 'string' },
      ],
    },
    message: {
      capabilities: 12, chainId: 1, issuer: '0xf766Dc789CF04CD18aE75af2c5fAf2DA6650Ff57', meta: '', realm: '0xA6e693CC4A2b4F1400391a728D26369D9b82ef96',
      subject: '0xf5173a6111B2A6B3C20fceD53B2A8405EC142bF6', validFrom: 15212703, verifyingContract: '0xf766Dc789CF04CD18aE75af2c5fAf2DA6650Ff57',
    },
  }, '0c0eb60a108dbd72a204b41c1d18505358e4e7886b0c9787192a33ac9e0f94c92ce158f8de576fa9cccf28a8c9404ed66c2d355ea4ae7ee65cff0b73215b91bb1c', '0xf766Dc789CF04CD18aE75af2c5fAf2DA6650Ff57'],
];

const one = (type: string, value: unknown, types: TypedData['types'] = {}): TypedData =>
  ({ domain: { name: 'x' }, types: { ...types, One: [{ name: 'value', type }] }, primaryType: 'One', message: { value } });

describe('hashTypedData', () => {
  it('answers as EIP-712 has it', () => {
    expect(toHex(hashTypedData(MAIL))).toBe('be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2');
  });

  it('takes the type of the domain from the domain', () => {
    const EIP712Domain = [{ name: 'name', type: 'string' }, { name: 'version', type: 'string' }, { name: 'chainId', type: 'uint256' }, { name: 'verifyingContract', type: 'address' }];

    expect(hashTypedData({ ...MAIL, types: { ...MAIL.types, EIP712Domain } })).toEqual(hashTypedData(MAIL));
  });

  it('takes one value in each of its spellings', () => {
    const hash = (type: string, value: unknown): string => toHex(hashTypedData(one(type, value)));

    expect(hash('uint256', 12n)).toBe(hash('uint256', 12));
    expect(hash('uint256', '0xc')).toBe(hash('uint256', '12'));
    expect(hash('int8', '-1')).toBe(hash('int8', -1n));
    expect(hash('bytes', Uint8Array.of(0xab))).toBe(hash('bytes', '0xAB'));
    expect(hash('bytes2', 'abcd')).toBe(hash('bytes2', Uint8Array.of(0xab, 0xcd)));
  });

  it('tells apart what differs', () => {
    const person = { Person: PERSON };
    const bob = { name: 'Bob', wallet: COW_ADDRESS };
    const hashes = [
      one('uint8[]', []), one('uint8[]', [0]), one('uint8[]', [0, 0]), one('uint8[2]', [0, 0]), one('uint8[][]', [[0, 0]]), one('uint8[][]', [[0], [0]]), one('int8', -1), one('int16', -1), one('uint8', 255),
      one('bool', true), one('bool', false), one('string', '00'), one('bytes', '00'), one('bytes1', '00'), one('Person', bob, person), one('Person[]', [bob], person), { ...one('bool', true), domain: { name: 'y' } },
    ].map((data) => toHex(hashTypedData(data)));

    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it.each<[string, unknown, string]>([
    ['uint8', 256, 'message.value must be uint8, got 256'],
    ['uint8', -1, 'message.value must be uint8, got -1'],
    ['int8', 128, 'message.value must be int8, got 128'],
    ['uint256', 2 ** 53, 'message.value must be uint256, got 9007199254740992'],
    ['uint256', `0x1${'0'.repeat(64)}`, 'message.value must be uint256, got '],
    ['uint7', 1, 'message.value must be a value of a known type, got "uint7"'],
    ['address', '0x12', 'message.value must be address, got "0x12"'],
    ['bytes2', '0xabc', 'message.value must be bytes2, got "0xabc"'],
    ['bytes33', 'ab'.repeat(33), 'message.value must be bytes33, got '],
    ['bytes', '0xabc', 'message.value must be bytes, got "0xabc"'],
    ['bool', 1, 'message.value must be bool, got 1'],
    ['string', undefined, 'message.value must be string, got nothing'],
    ['uint8[2]', [1], 'message.value must be a list of the type uint8[2], got a list'],
    ['uint8[]', Array.from({ length: 10_001 }, () => 1), 'message.value must be a list of up to 10000 values, got a list'],
    ['Nobody', {}, 'message.value must be a value of a known type, got "Nobody"'],
    ['constructor', {}, 'message.value must be a value of a known type, got "constructor"'],
    ['One', undefined, 'message.value must be an object of the type One, got nothing'],
    ['One', { value: { value: 1, more: 2 } }, 'message.value.value must be an object with nothing but what One names, got "more"'],
  ])('refuses what is no %s: %#', (type, value, message) => {
    expect(() => hashTypedData(one(type, value))).toThrow(message);
  });

  it('refuses what nobody signs so deep', () => {
    let value: Dict = {};
    for (let depth = 0; depth < 40; depth++) value = { value };

    expect(() => hashTypedData({ ...one('One', 0), message: value })).toThrow(/must be no deeper than 32 structs and lists/);
  });

  it('is total', () => {
    const types = fc.dictionary(fc.constantFrom('A', 'B', '__proto__', 'EIP712Domain'), fc.array(fc.record({ name: fc.constantFrom('a', 'b', ''), type: fc.constantFrom('A', 'B[]', 'uint8', 'bytes', 'B[2][]', '[]', 'string') })));
    fc.assert(fc.property(types, fc.object({ key: fc.constantFrom('a', 'b', 'name') }), fc.constantFrom('A', 'B', '__proto__', ''), (given, message, primaryType) => {
      try {
        expect(hashTypedData({ domain: {}, types: given, primaryType, message: message as Dict })).toHaveLength(32);
      } catch (error) {
        expect((error as Error).name).toBe('ProtocolError');
      }
    }));
  });
});

describe('ethereumKey', () => {
  it('signs as EIP-712 has it', () => {
    const key = ethereumKey(COW);

    expect(key.address).toBe(COW_ADDRESS);
    expect(key.signTypedData(MAIL)).toBe(MAIL_SIGNATURE);
    expect(ethereumKey(`0x${COW}`).address).toBe(COW_ADDRESS);
  });

  it('refuses what is no key, and shows none', () => {
    for (const key of ['', `${COW}00`, '0'.repeat(64), 'f'.repeat(64), new Uint8Array(31), undefined]) {
      expect(() => ethereumKey(key as string)).toThrow(new TypeError('private key must be one of secp256k1: 32 bytes, or 64 digits in hexadecimal'));
    }
    expect(inspect(ethereumKey(COW), { showHidden: true, depth: 9 })).not.toContain('200, 94');
  });
});

describe('verifyTypedData', () => {
  it.each(CERTIFICATES)('verifies the certificates of the specification: %#', (data, signature, signer) => {
    expect(recoverTypedData(data, signature)).toBe(signer);
    expect(verifyTypedData(data, `0x${signature}`, signer.toLowerCase())).toBe(true);
    expect(verifyTypedData({ ...data, message: { ...data.message, chainId: 2 } }, signature, signer)).toBe(false);
  });

  it('takes no signature that stands for another one', () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const s = (order - BigInt(`0x${MAIL_SIGNATURE.slice(66, 130)}`)).toString(16).padStart(64, '0');

    expect(recoverTypedData(MAIL, `${MAIL_SIGNATURE.slice(0, 66)}${s}1b`)).toBeUndefined();
    expect(recoverTypedData(MAIL, `${MAIL_SIGNATURE.slice(0, 130)}01`)).toBe(COW_ADDRESS);
    expect(recoverTypedData(MAIL, `${MAIL_SIGNATURE.slice(0, 130)}1d`)).toBeUndefined();
  });

  it('is total', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.uint8Array({ minLength: 65, maxLength: 65 }).map((bytes) => toHex(bytes)), fc.constant('0'.repeat(130))), (signature) => {
      expect(verifyTypedData(MAIL, signature, COW_ADDRESS)).toBe(false);
    }), { numRuns: 40 });
    expect(verifyTypedData({ ...MAIL, message: {} }, MAIL_SIGNATURE, COW_ADDRESS)).toBe(false);
    expect(verifyTypedData(MAIL, undefined as unknown as string, COW_ADDRESS)).toBe(false);
  });
});
