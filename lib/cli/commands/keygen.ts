import { existsSync, writeFileSync } from 'node:fs';
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
import { linesOf } from '../input/lines.ts';
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
is ever overwritten. With another --type it asks for a password, twice and without showing it, or takes the first line of stdin.

What it prints is for the router's configuration, under "auth"; it has no password in it, but for tickets and TOTP, which need theirs.`,
  words: [{ name: 'file', about: 'where the private key goes', count: 'maybe', isFile: true }],
  options: {
    type: { type: 'word', words: ['cryptosign', 'ticket', 'wampcra', 'scram', 'totp'], about: 'what it is for (cryptosign)' },
    authid: { type: 'text', value: 'name', about: 'whose it is (user)' },
    role: { type: 'text', value: 'name', about: 'the role that this user gets (user)' },
    format: { type: 'word', words: ['openssh', 'hex'], about: 'how the private key is written (openssh)' },
    generate: { type: 'flag', about: 'makes up the password, and says it on stderr' },
  },
  examples: [
    { line: 'rxwamp keygen device7.key --authid device7 --role sensor', shows: 'a key, and its user' },
    { line: 'rxwamp keygen --type scram --authid anna --generate', shows: 'a password that the router cannot know' },
    { line: 'rxwamp keygen --type totp --authid anna', shows: 'a secret for an app with codes' },
  ],
  exits: [ExitCode.failed],
  run({ type = 'cryptosign', authid = 'user', role = 'user', format = 'openssh', generate }, [file], io) {
    if (type === 'cryptosign' && file === undefined) throw new UsageError('keygen must be given the <file> that the private key goes to, got none');
    if (type !== 'cryptosign' && file !== undefined) throw new UsageError(`<file> must come with a key, got one with --type ${type}`);
    const entry$ = file === undefined ? secretFor(type, authid, generate, io).pipe(map((secret) => ENTRIES[type]!(secret, role))) : defer(() => of(keyPair(file, { authid, role, format }, io)));
    return entry$.pipe(map((entry) => {
      io.stdout.write(`${asJson({ [type]: { users: { [authid]: entry } } }, 2)}\n`);
      return ExitCode.done;
    }));
  },
});

function keyPair(file: string, { authid, role, format }: { readonly authid: string; readonly role: string; readonly format: 'openssh' | 'hex' }, io: Io): Dict {
  const [privateFile, publicFile] = [resolve(io.folder, file), resolve(io.folder, `${file}.pub`)];
  for (const path of [privateFile, publicFile]) if (existsSync(path)) throw new Error(`${path} must not be there already: nothing is overwritten`);
  const seed = generateSeed();
  const { publicKey } = signingKey(seed);
  writeFileSync(privateFile, format === 'hex' ? `${toHex(seed)}\n` : openSshPrivateKey(seed, publicKey, authid), { mode: 0o600, flag: 'wx' });
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
  return askTwice(io).pipe(map((secret) => {
    if (secret === '') throw new UsageError('password must not be empty');
    return secret;
  }));
}

function askTwice({ stdin }: Io): Observable<string> {
  if (!stdin.isTTY) return linesOf(stdin).pipe(take(1), defaultIfEmpty(''));
  return stdin.secret('password: ').pipe(take(1), concatMap((secret) => stdin.secret('once more: ').pipe(take(1), map((again) => {
    if (again !== secret) throw new UsageError('password must be the same both times');
    return secret;
  }))));
}
