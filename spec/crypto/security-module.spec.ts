import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { toHex } from '../../lib/crypto/bytes.ts';
import { signingKey, verifySignature } from '../../lib/crypto/ed25519.ts';
import { fileSecurityModule } from '../../lib/crypto/file-security-module.ts';
import { KeyError, memorySecurityModule, type SecurityModule } from '../../lib/crypto/security-module.ts';
import { PLAIN } from '../support/key-files.ts';

const PASSPHRASE = 'open sesame';
const LIGHT = { iterations: 1, memory: 1024 };
const message = Uint8Array.of(1, 2, 3);
const folders: string[] = [];
const newFile = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'rxwamp-security-'));
  folders.push(folder);
  return join(folder, 'device.keys');
};

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function opened(path: string, passphrase = PASSPHRASE): Promise<SecurityModule> {
  const security = fileSecurityModule(path, LIGHT);
  await security.open();
  await security.unlock(passphrase);
  return security;
}

async function openedMemory(): Promise<SecurityModule> {
  const security = memorySecurityModule();
  await security.open();
  return security;
}

describe.each<[string, () => Promise<SecurityModule>]>([
  ['memorySecurityModule', openedMemory],
  ['fileSecurityModule', () => opened(newFile())],
])('%s', (_, make) => {
  it('makes keys, signs with them, and does not use a number again', async () => {
    const security = await make();

    const numbers = [await security.createKey(), await security.createKey(), await security.importKey(Buffer.from(PLAIN.seed, 'hex'))];
    await security.deleteKey(3);
    const next = await security.createKey();

    const key = security.key(1);
    expect([numbers, next, security.keyNumbers]).toEqual([[1, 2, 3], 4, [1, 2, 4]]);
    expect(verifySignature(key.sign(message) as Uint8Array, message, key.publicKey)).toBe(true);
    expect(toHex(key.publicKey)).not.toBe(toHex(security.key(2).publicKey));
  });

  it('signs no more with a key that was deleted, or while it is closed', async () => {
    const security = await make();
    const [one, two] = [security.key(await security.createKey()), security.key(await security.createKey())];

    await security.deleteKey(1);
    expect(() => one.sign(message)).toThrow(new KeyError('missing', 'key must be one of the security module, got number 1'));
    await expect(security.deleteKey(1)).rejects.toMatchObject({ code: 'missing' });
    await security.close();

    expect(security.isOpen).toBe(false);
    for (const used of [() => two.sign(message), () => security.key(2), () => security.random(1), () => security.counter(0), () => security.keyNumbers]) {
      expect(used).toThrow(new KeyError('locked', 'security module must be open and unlocked, and is closed'));
    }
    await expect(security.createKey()).rejects.toMatchObject({ code: 'locked' });
    await expect(security.incrementCounter(0)).rejects.toMatchObject({ code: 'locked' });
  });

  it('counts', async () => {
    const security = await make();

    expect([security.counter(7), await security.incrementCounter(7), await security.incrementCounter(7), security.counter(7), security.counter(8)]).toEqual([0, 1, 2, 2, 0]);
    await expect(security.incrementCounter(-1)).rejects.toThrow(new RangeError('number of a counter must be an integer from 0 to 9007199254740991, got -1'));
  });

  it('gives random bytes', async () => {
    const security = await make();

    expect(security.random(16)).toHaveLength(16);
    expect(toHex(security.random(16))).not.toBe(toHex(security.random(16)));
    expect(() => security.random(65_537)).toThrow('count must be an integer from 1 to 65536, got 65537');
  });

  it('refuses a key that is none, and shows those it has nowhere', async () => {
    const security = await make();
    const seed = Buffer.from(PLAIN.seed, 'hex');
    await security.importKey(seed);

    await expect(security.importKey(new Uint8Array(31))).rejects.toThrow('private key must have 32 bytes');

    const shown = inspect(security, { showHidden: true, depth: 9, maxArrayLength: 99 }) + inspect(security.key(1), { showHidden: true, depth: 9 }) + JSON.stringify(security);
    for (const secret of [PLAIN.seed.slice(0, 12), PASSPHRASE, Array.from(seed).slice(0, 6).join(', '), seed.toString('hex').slice(0, 12).match(/../g)!.join(' ')]) expect(shown).not.toContain(secret);
  });
});

describe('memorySecurityModule', () => {
  it('cannot be locked, and has what it had when it is opened again', async () => {
    const security = await openedMemory();
    await security.createKey();
    await security.close();
    await security.open();

    expect([security.canLock, security.isLocked, security.keyNumbers]).toEqual([false, false, [1]]);
    await expect(security.lock()).rejects.toMatchObject({ code: 'unsupported' });
    await expect(security.unlock('x')).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('has room for a thousand counters', async () => {
    const security = await openedMemory();
    for (let number = 0; number < 1000; number++) await security.incrementCounter(number);

    await expect(security.incrementCounter(1000)).rejects.toThrow(RangeError);
    expect([await security.incrementCounter(999), security.counter(1000)]).toEqual([2, 0]);
  });
});

describe('fileSecurityModule', () => {
  it('is locked until it gets the passphrase', async () => {
    const path = newFile();
    await (await opened(path)).createKey();
    const security = fileSecurityModule(path);
    const states: boolean[] = [security.isLocked];
    await expect(security.unlock(PASSPHRASE)).rejects.toMatchObject({ code: 'locked' });

    await security.open();
    states.push(security.isLocked);
    await expect(security.unlock('open barley')).rejects.toMatchObject({ code: 'wrong-passphrase', message: 'file of the security module must be opened with its own passphrase, and be unchanged' });
    await expect(security.unlock('')).rejects.toMatchObject({ code: 'wrong-passphrase' });
    states.push(security.isLocked);
    await security.unlock(PASSPHRASE);
    const key = security.key(1);
    states.push(security.isLocked);
    await security.lock();
    states.push(security.isLocked);

    expect(states).toEqual([false, true, true, false, true]);
    expect(() => key.sign(message)).toThrow(new KeyError('locked', 'security module must be open and unlocked, and is locked'));
  });

  it('writes a file for its owner alone, in which nothing can be read, and leaves no other', async () => {
    const path = newFile();
    const security = await opened(path);
    await security.importKey(Buffer.from(PLAIN.seed, 'hex'));
    await security.incrementCounter(1);

    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(path, '..'))).toEqual(['device.keys']);
    expect(readFileSync(path, 'utf8')).not.toContain(PLAIN.seed.slice(0, 8));
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ rxwamp: 1, kdf: 'argon2id13', ...LIGHT, salt: expect.any(String), nonce: expect.any(String), box: expect.any(String) });
  });

  it('refuses a change where somebody else has written the file since, and keeps both apart', async () => {
    const path = newFile();
    const [first, second] = [await opened(path), await opened(path)];
    await first.createKey();

    await expect(second.createKey()).rejects.toMatchObject({ code: 'unavailable', message: 'file of the security module must be as it was left, and was changed by somebody else' });
    expect([first.keyNumbers, second.keyNumbers]).toEqual([[1], []]);
  });

  it('changes nothing where it cannot write', async () => {
    const path = newFile();
    const security = await opened(path);
    await security.createKey();
    rmSync(path);
    writeFileSync(path, 'x');

    await expect(security.createKey()).rejects.toMatchObject({ code: 'unavailable' });
    expect(security.keyNumbers).toEqual([1]);
    const nowhere = fileSecurityModule(join(path, 'below'), LIGHT);
    await nowhere.open();
    await expect(nowhere.unlock(PASSPHRASE)).rejects.toMatchObject({ name: 'KeyError', code: 'unavailable' });
    expect(nowhere.isLocked).toBe(true);
  });

  it('reads a file that is its own, whatever became of it, or refuses it', async () => {
    const path = newFile();
    await (await opened(path)).createKey();
    const whole = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const entries: readonly (readonly [string, unknown, string])[] = [
      ['rxwamp', 2, 'unreadable'], ['kdf', 'md5', 'unreadable'], ['salt', 'AAAA', 'unreadable'], ['nonce', 7, 'unreadable'], ['box', '!', 'unreadable'],
      ['memory', 1023, 'unreadable'], ['memory', 2 ** 31, 'unreadable'], ['iterations', 0, 'unreadable'], ['iterations', 1.5, 'unreadable'], ['iterations', 1025, 'unreadable'], ['iterations', 2, 'wrong-passphrase'],
      ['box', `AAAA${(whole['box'] as string).slice(4)}`, 'wrong-passphrase'],
    ];

    for (const [key, value, code] of entries) {
      writeFileSync(path, JSON.stringify({ ...whole, [key]: value }));
      await expect(opened(path)).rejects.toMatchObject({ name: 'KeyError', code });
    }
    for (const text of ['', '{', '[]', 'null', '"x"', '{"__proto__":{"rxwamp":1}}', 'x'.repeat(4 * 1024 * 1024 + 1)]) {
      writeFileSync(path, text);
      await expect(opened(path)).rejects.toMatchObject({ name: 'KeyError', code: 'unreadable' });
    }
  });

  it('says that it cannot read a file', async () => {
    const path = newFile();
    await opened(path);
    chmodSync(path, 0);
    // Who is root reads it all the same.
    const outcome = await opened(path).then(() => 'opened', (error: KeyError) => error.code);

    expect(outcome).toBe(process.getuid?.() === 0 ? 'opened' : 'unavailable');
  });

  it.each([[{ iterations: 0 }], [{ memory: 1023 }], [{ memory: 2 ** 20, iterations: 2 }]])('refuses the options %j', (options) => {
    expect(() => fileSecurityModule('x', options)).toThrow(RangeError);
  });

  it('has after a restart what a model has', async () => {
    const step = fc.oneof(
      fc.constant({ do: 'create' } as const), fc.nat(5).map((number) => ({ do: 'delete', number }) as const),
      fc.nat(3).map((number) => ({ do: 'count', number }) as const), fc.constant({ do: 'restart' } as const),
    );

    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const path = newFile();
      let security = await opened(path);
      const model = { next: 1, keys: new Map<number, string>(), counters: new Map<number, number>() };
      for (const each of steps) {
        if (each.do === 'create') {
          const number = await security.createKey();
          expect(number).toBe(model.next++);
          model.keys.set(number, toHex(security.key(number).publicKey));
        } else if (each.do === 'delete') {
          await security.deleteKey(each.number).catch((error: KeyError) => expect(error.code).toBe('missing'));
          model.keys.delete(each.number);
        } else if (each.do === 'count') {
          model.counters.set(each.number, await security.incrementCounter(each.number));
        } else {
          await security.close();
          security = await opened(path);
        }
      }
      await security.close();
      const again = await opened(path);
      expect(again.keyNumbers.map((number) => [number, toHex(again.key(number).publicKey)])).toEqual([...model.keys]);
      for (const [number, value] of model.counters) expect(again.counter(number)).toBe(value);
      expect(await again.createKey()).toBe(model.next);
    }), { numRuns: 4 });
  });

  it('joins with one of its keys where it was', async () => {
    const path = newFile();
    const number = await (await opened(path)).importKey(Buffer.from(PLAIN.seed, 'hex'));

    expect((await opened(path)).key(number).sign(message)).toEqual(signingKey(PLAIN.seed).sign(message));
  });
});
