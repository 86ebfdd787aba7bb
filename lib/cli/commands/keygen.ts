import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { concatMap, defaultIfEmpty, defer, map, of, take, type Observable } from 'rxjs';
import { scramUser } from '../../auth/scram.ts';
import { randomSecret } from '../../auth/secrets.ts';
import { totpSecret } from '../../auth/totp.ts';
import { deriveKey } from '../../auth/wampcra.ts';
import { randomToken, toHex } from '../../crypto/bytes.ts';
import { generateSeed, signingKey } from '../../crypto/ed25519.ts';
import type { Dict } from '../../types.ts';
import { command, type Command } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import { firstLineOf, linesOf } from '../input/lines.ts';
import type { Io } from '../io.ts';
import { openSshPrivateKey, openSshPublicKey } from '../openssh-key.ts';
import { UsageError } from '../usage-error.ts';
import { asJson } from '../view/show-payload.ts';

const ITERATIONS = 100_000;
const SECRET_LENGTH = 24;
const SALT_BYTES = 16;

/** Makes what a router keeps of somebody from a secret. */
type Entry = (secret: string, role: string) => Dict;

const ENTRIES: { readonly [method: string]: Entry } = {
  ticket: (ticket, role) => ({ ticket, role }),
  wampcra: (password, role) => {
    const salting = { salt: randomToken(SALT_BYTES), iterations: ITERATIONS, keylen: 32 };
    return { secret: deriveKey(password, salting), ...salting, role };
  },
  scram: (password, role) => ({ ...scramUser(password, { role }) }),
  totp: (secret, role) => ({ secret, role }),
};

/** `rxwamp keygen`: keys, and users for the router's configuration. */
export const keygen: Command = command({
  name: 'keygen',
  summary: 'makes keys, and users for the configuration of a router',
  about: `Makes a key pair for cryptosign: the private key in a file that nobody else may read, the public one beside it, .pub. No file
is ever overwritten. In a terminal it asks for a passphrase, twice and without showing it; an empty one leaves the key unencrypted. With another --type it asks for a password, or takes the first line of stdin.

What it prints is for the router's configuration, under "auth"; it has no password in it, but for tickets and TOTP, which need theirs.`,
  words: [{ name: 'file', about: 'where the private key goes', count: 'maybe', isFile: true }],
  options: {
    type: { type: 'word', words: ['cryptosign', 'ticket', 'wampcra', 'scram', 'totp'], about: 'what it is for (cryptosign)' },
    authid: { type: 'text', value: 'name', about: 'whose it is (user)' },
    role: { type: 'text', value: 'name', about: 'the role that this user gets (user)' },
    format: { type: 'word', words: ['openssh', 'hex'], about: 'how the private key is written (openssh)' },
    passphrase: { type: 'text', value: 'text', about: 'encrypts the private key; others may see it: better the next one, or be asked' },
    'passphrase-file': { type: 'file', value: 'file', about: 'whose first line is the passphrase' },
    generate: { type: 'flag', about: 'makes up the password, and says it on stderr' },
  },
  examples: [
    { line: 'rxwamp keygen device7.key --authid device7 --role sensor', shows: 'a key, and its user' },
    { line: 'rxwamp keygen --type scram --authid anna --generate', shows: 'a password that the router cannot know' },
    { line: 'rxwamp keygen --type totp --authid anna', shows: 'a secret for an app with codes' },
  ],
  exits: [ExitCode.failed],
  run({ type = 'cryptosign', authid = 'user', role = 'user', format = 'openssh', generate, ...given }, [file], io) {
    const isKey = type === 'cryptosign';
    if (isKey && file === undefined) throw new UsageError('keygen must be given the <file> that the private key goes to, got none');
    if (!isKey && file !== undefined) throw new UsageError(`<file> must come with a key, got one with --type ${type}`);
    const isSecured = given.passphrase !== undefined || given['passphrase-file'] !== undefined;
    if (isSecured && (!isKey || format === 'hex')) throw new UsageError('--passphrase and --passphrase-file must come with a key of the format openssh: nothing else can be encrypted');
    const entry$ = file === undefined ? secretFor(type, authid, generate, io).pipe(map((secret) => ENTRIES[type]!(secret, role)))
      : passphraseFor(file, format, given, io).pipe(map((passphrase) => keyPair(file, { authid, role, format, passphrase }, io)));
    return entry$.pipe(map((entry) => {
      io.stdout.write(`${asJson({ [type]: { users: { [authid]: entry } } }, 2)}\n`);
      return ExitCode.done;
    }));
  },
});

type Format = 'openssh' | 'hex';

interface Named {
  readonly authid: string;
  readonly role: string;
  readonly format: Format;
  readonly passphrase: string;
}

/** The private file and the public one. */
function filesOf(file: string, { folder }: Io): readonly [string, string] {
  return [resolve(folder, file), resolve(folder, `${file}.pub`)];
}

type Secured = { readonly [name in 'passphrase' | 'passphrase-file']: string | undefined };

// Nobody is asked for what comes to nothing.
function passphraseFor(file: string, format: Format, { passphrase, 'passphrase-file': from }: Secured, io: Io): Observable<string> {
  return defer(() => {
    for (const path of filesOf(file, io)) if (existsSync(path)) throw new Error(`${path} must not be there already: nothing is overwritten`);
    if (passphrase !== undefined) return of(passphrase);
    if (from !== undefined) return of(passphraseIn(from, io));
    return io.stdin.isTTY && format === 'openssh' ? askTwice('passphrase (empty for none)', io) : of('');
  });
}

function passphraseIn(file: string, { folder }: Io): string {
  const passphrase = firstLineOf(readFileSync(resolve(folder, file), 'utf8'));
  // Whoever names a file wants the key to be encrypted.
  if (passphrase === '') throw new UsageError('--passphrase-file must have a passphrase in its first line, got none');
  return passphrase;
}

function keyPair(file: string, { authid, role, format, passphrase }: Named, io: Io): Dict {
  const [privateFile, publicFile] = filesOf(file, io);
  const seed = generateSeed();
  const { publicKey } = signingKey(seed);
  writeFileSync(privateFile, format === 'hex' ? `${toHex(seed)}\n` : openSshPrivateKey(seed, publicKey, authid, passphrase), { mode: 0o600, flag: 'wx' });
  writeFileSync(publicFile, format === 'hex' ? `${toHex(publicKey)}\n` : openSshPublicKey(publicKey, authid), { mode: 0o644, flag: 'wx' });
  io.stderr.write(`wrote ${privateFile} and ${publicFile}\n`);
  return { keys: [toHex(publicKey)], role };
}

function secretFor(type: string, authid: string, generate: boolean, io: Io): Observable<string> {
  if (type === 'totp') {
    const secret = totpSecret();
    io.stderr.write(`otpauth://totp/${encodeURIComponent(authid)}?secret=${secret}\n`);
    return of(secret);
  }
  if (generate) {
    const secret = randomSecret(SECRET_LENGTH);
    io.stderr.write(`password: ${secret}\n`);
    return of(secret);
  }
  return passwordFrom(io).pipe(map((secret) => {
    if (secret === '') throw new UsageError('password must not be empty');
    return secret;
  }));
}

function passwordFrom(io: Io): Observable<string> {
  return io.stdin.isTTY ? askTwice('password', io) : linesOf(io.stdin).pipe(take(1), defaultIfEmpty(''));
}

function askTwice(what: string, { stdin }: Io): Observable<string> {
  return stdin.secret(`${what}: `).pipe(take(1), concatMap((secret) => stdin.secret('once more: ').pipe(take(1), map((again) => {
    if (again !== secret) throw new UsageError(`${what.split(' ', 1)[0]} must be the same both times`);
    return secret;
  }))));
}
