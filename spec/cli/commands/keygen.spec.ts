import { afterAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../../lib/cli/config/read-config.ts';
import { deriveKey } from '../../../lib/auth/wampcra.ts';
import { toHex } from '../../../lib/crypto/bytes.ts';
import { parsePrivateKey, parsePublicKey } from '../../../lib/crypto/key-files.ts';
import { terminal, type TerminalOptions } from '../../support/terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'rxwamp-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Users = { readonly [method: string]: { readonly users: { readonly [authid: string]: { readonly [key: string]: unknown } } } };

function keygen(words: readonly string[], options: TerminalOptions = {}, stdin?: string) {
  const opened = terminal({ folder, ...options });
  opened.type('keygen', ...words);
  if (stdin !== undefined) opened.typed$.next(stdin);
  return opened;
}

/** What was printed, as the router reads it. */
function usersOf(stdout: string): Users {
  const auth = JSON.parse(stdout) as Users;
  readConfig(JSON.stringify({ realms: { realm1: { auth } } }), 'router.json');
  return auth;
}

describe('rxwamp keygen', () => {
  it.each([['openssh', []], ['hex', ['--format', 'hex']]])('makes a key pair in files of %s', (name, options) => {
    const { written, codes } = keygen([`${name}.key`, '--authid', 'device7', '--role', 'sensor', ...options]);
    const [file, pub] = [join(folder, `${name}.key`), join(folder, `${name}.key.pub`)];
    const key = parsePrivateKey(readFileSync(file));

    expect(codes).toEqual([0]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(parsePublicKey(readFileSync(pub))).toEqual(key.publicKey);
    expect(usersOf(written.stdout)).toEqual({ cryptosign: { users: { device7: { keys: [Buffer.from(key.publicKey).toString('hex')], role: 'sensor' } } } });
  });

  it('overwrites nothing, neither of the two files', () => {
    keygen(['twice.key']);
    const before = readFileSync(join(folder, 'twice.key'), 'utf8');
    rmSync(join(folder, 'twice.key.pub'));

    const again = keygen(['twice.key']);
    rmSync(join(folder, 'twice.key'));
    keygen(['other.key']);
    rmSync(join(folder, 'other.key'));
    const beside = keygen(['other.key']);

    expect([again.codes, beside.codes]).toEqual([[1], [1]]);
    expect(again.written.stderr).toMatch(/twice\.key must not be there already: nothing is overwritten\n$/);
    expect(before).toContain('PRIVATE KEY');
    expect(existsSync(join(folder, 'other.key'))).toBe(false);
  });

  it.each<readonly [how: string, words: readonly string[], options: TerminalOptions, passphrase: string | undefined]>([
    ['what was typed', ['--passphrase', 'tea'], {}, 'tea'],
    ['the first line of a file', ['--passphrase-file', 'passphrase'], {}, 'coffee'],
    ['what a terminal was asked for', [], { isTTY: ['stdin'], secrets: ['cocoa', 'cocoa'] }, 'cocoa'],
    ['nothing, where nothing was typed', [], { isTTY: ['stdin'], secrets: ['', ''] }, undefined],
    ['nothing, where nobody is to be asked', ['--passphrase', ''], { isTTY: ['stdin'] }, undefined],
  ])('encrypts the key with %s', (how, words, options, passphrase) => {
    writeFileSync(join(folder, 'passphrase'), 'coffee\r\nsecond line');
    const name = `${how}.key`.replaceAll(' ', '-');

    const { codes, written } = keygen([name, ...words], options);
    const file = readFileSync(join(folder, name), 'utf8');
    const { cryptosign } = usersOf(written.stdout);

    expect(codes).toEqual([0]);
    expect(written.stderr).toMatch(options.secrets === undefined ? /^wrote / : /^passphrase \(empty for none\): once more: wrote /);
    expect(toHex(parsePrivateKey(file, { passphrase }).publicKey)).toBe((cryptosign!.users['user']!['keys'] as readonly string[])[0]);
    if (passphrase !== undefined) expect(() => parsePrivateKey(file)).toThrow('it must be read with its passphrase');
  });

  it('makes no key where the passphrase is not the same both times, and asks for none where there is a key', () => {
    const other = keygen(['asked.key'], { isTTY: ['stdin'], secrets: ['a', 'b'] });
    keygen(['taken.key']);
    const taken = keygen(['taken.key'], { isTTY: ['stdin'], secrets: ['a', 'a'] });

    expect(other).toMatchObject({ codes: [2], written: { stderr: expect.stringMatching(/passphrase must be the same both times\n/) } });
    expect(existsSync(join(folder, 'asked.key'))).toBe(false);
    expect(taken).toMatchObject({ codes: [1], written: { stderr: expect.not.stringContaining('passphrase') } });
  });

  it('reads the password from stdin, and keeps none of it', () => {
    const { written, codes } = keygen(['--type', 'wampcra', '--authid', 'anna'], {}, 'secret1\nmore');
    const { secret, salt, iterations } = usersOf(written.stdout)['wampcra']!.users['anna']!;

    expect(codes).toEqual([0]);
    expect(secret).toBe(deriveKey('secret1', { salt: String(salt), iterations: Number(iterations) }));
    expect(written.stdout).not.toContain('secret1');
  });

  it('asks twice in a terminal', () => {
    const same = keygen(['--type', 'ticket'], { isTTY: ['stdin'], secrets: ['a', 'a'] });
    const other = keygen(['--type', 'ticket'], { isTTY: ['stdin'], secrets: ['a', 'b'] });

    expect(same.written.stderr).toBe('password: once more: ');
    expect(usersOf(same.written.stdout)).toEqual({ ticket: { users: { user: { ticket: 'a', role: 'user' } } } });
    expect([other.codes, other.written.stdout]).toEqual([[2], '']);
  });

  it('makes secrets up', () => {
    const scram = keygen(['--type', 'scram', '--generate']);
    const totp = keygen(['--type', 'totp', '--authid', 'a b']);

    expect(scram.written.stderr).toMatch(/^password: [A-Za-z0-9]{24}\n$/);
    expect(usersOf(scram.written.stdout)['scram']!.users['user']).toMatchObject({ kdf: 'argon2id13', role: 'user' });
    expect(totp.written.stderr).toMatch(/^otpauth:\/\/totp\/a%20b\?secret=[A-Z2-7]{16}\n$/);
    expect(usersOf(totp.written.stdout)['totp']).toBeDefined();
  });

  it.each([
    [[], /^keygen must be given the <file> that the private key goes to, got none\n/],
    [['a.key', '--type', 'scram'], /^<file> must come with a key, got one with --type scram\n/],
    [['a.key', '--format', 'hex', '--passphrase', 'tea'], /^--passphrase and --passphrase-file must come with a key of the format openssh/],
    [['--type', 'scram', '--passphrase-file', 'a'], /^--passphrase and --passphrase-file must come with a key of the format openssh/],
    [['a.key', '--passphrase-file', '/dev/null'], /^--passphrase-file must have a passphrase in its first line, got none/],
    [['--type', 'scra'], /^--type must be one of .*, did you mean scram\?\n/],
  ])('refuses %j', (words, stderr) => {
    const { written, codes } = keygen(words);

    expect(codes).toEqual([2]);
    expect(written.stderr).toMatch(stderr);
  });

  it('refuses an empty password', () => {
    expect(keygen(['--type', 'ticket'], {}, '\n').codes).toEqual([2]);
  });
});
