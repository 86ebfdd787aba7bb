import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { NEVER, concat, firstValueFrom, of } from 'rxjs';
import { cryptosign, cryptosignVerifier } from '../../lib/auth/cryptosign.ts';
import { toHex } from '../../lib/crypto/bytes.ts';
import { verifySignature } from '../../lib/crypto/ed25519.ts';
import { KeyError, createNonExtractableKey, webCryptoKey } from '../../lib/crypto/web-crypto-key.ts';
import { createRouter } from '../../lib/router/index.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import { join } from '../../lib/session/join.ts';

const message = Uint8Array.of(1, 2, 3);

afterEach(() => { jest.restoreAllMocks(); });

describe('createNonExtractableKey', () => {
  it('makes a key that signs and does not come out', async () => {
    const { publicKey, pair, sign } = await createNonExtractableKey();

    expect(verifySignature(await sign(message), message, publicKey)).toBe(true);
    expect(pair.privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('pkcs8', pair.privateKey)).rejects.toThrow(/extractable/);
  });

  it('makes another key each time', async () => {
    expect(toHex((await createNonExtractableKey()).publicKey)).not.toBe(toHex((await createNonExtractableKey()).publicKey));
  });

  it('joins a realm', async () => {
    const key = await createNonExtractableKey();
    const router = createRouter({ realms: { realm1: { auth: [cryptosignVerifier({ users: { joe: { role: 'user', keys: [toHex(key.publicKey)] } } })] } } });

    const [client, end] = memoryLink();
    router.attach(end);
    const session = await firstValueFrom(join(concat(of(client), NEVER), { realm: 'realm1', auth: cryptosign({ key }) }));

    expect(session.details).toMatchObject({ authid: 'joe', authmethod: 'cryptosign' });
    await router.close();
  });

  it('says that the runtime cannot', async () => {
    jest.spyOn(crypto.subtle, 'generateKey').mockRejectedValueOnce(new DOMException('Unrecognized name.', 'NotSupportedError'));
    await expect(createNonExtractableKey()).rejects.toEqual(new KeyError('unsupported', 'runtime must have Ed25519 in WebCrypto'));

    jest.replaceProperty(globalThis, 'crypto', {} as Crypto);
    await expect(createNonExtractableKey()).rejects.toEqual(new KeyError('unsupported', 'runtime must have WebCrypto, which browsers have on pages over https'));
  });
});

describe('webCryptoKey', () => {
  it('signs with a pair that was stored', async () => {
    const { pair, publicKey } = await createNonExtractableKey();

    const again = await webCryptoKey(structuredClone(pair));

    expect(toHex(again.publicKey)).toBe(toHex(publicKey));
    expect(verifySignature(await again.sign(message), message, publicKey)).toBe(true);
  });

  it('refuses a pair that is not of this kind', async () => {
    const ecdsa = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    const { publicKey } = (await createNonExtractableKey()).pair;

    for (const pair of [ecdsa, { publicKey, privateKey: publicKey }, {}]) {
      await expect(webCryptoKey(pair as CryptoKeyPair)).rejects.toEqual(new KeyError('unsupported', 'pair must be one of Ed25519 that can sign'));
    }
  });
});
