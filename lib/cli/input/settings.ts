import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { catchError, defer, map, of, take, type Observable } from 'rxjs';
import { anonymous } from '../../auth/anonymous.ts';
import type { Authenticator } from '../../auth/authenticator.ts';
import { cryptosign } from '../../auth/cryptosign.ts';
import { scram } from '../../auth/scram.ts';
import { ticket } from '../../auth/ticket.ts';
import { tls } from '../../auth/tls.ts';
import { totp } from '../../auth/totp.ts';
import { wampcra } from '../../auth/wampcra.ts';
import { KeyError, parsePrivateKey } from '../../crypto/key-files.ts';
import { isUri } from '../../protocol/uri.ts';
import { show } from '../../protocol/show.ts';
import { SERIALIZERS } from '../../serializers/all.ts';
import { flatbuffers } from '../../serializers/flatbuffers.ts';
import type { Serializer } from '../../serializers/serializer.ts';
import { isHttpUrl } from '../../transports/long-poll-url.ts';
import { parseNodeUrl } from '../../transports/rawsocket-url.ts';
import type { WsOptions } from '../../transports/ws-options.ts';
import type { Io } from '../io.ts';
import { UsageError } from '../usage-error.ts';
import { CONNECTION_OPTIONS, variableOf, type ConnectionOptions, type Method, type SessionOptions } from './connection-options.ts';
import { readOption, type Given, type Option } from './options.ts';
import { firstLineOf } from './lines.ts';
import { FOLDER_FILE, readSettingsFile } from './settings-file.ts';

/** How a command connects. */
export interface Settings {
  readonly url: string;
  readonly realm: string;
  readonly auth: readonly Authenticator[];
  readonly serializers: readonly Serializer[];
  readonly tls: WsOptions['tls'];
  /** Nobody has said which router. */
  readonly isDefaultUrl: boolean;
  /** A sentence about secrets of the environment that are not used, where there are such. */
  readonly leftOut: string | undefined;
}

type Connection = { readonly [N in keyof Given<ConnectionOptions>]?: Given<ConnectionOptions>[N] | undefined };

/** What says to whom we prove who we are, and how sure we are that it is them. */
const LEADING = ['url', 'ca', 'insecure'] as const;
/** What we prove it with. */
const PROOFS = ['ticket', 'secret', 'password', 'key', 'passphrase', 'passphrase-file', 'cert'] as const;

/**
 * Gathers how to connect: what was typed goes before the environment, that before the file, and that before what it is by default. Emits it once, and asks in
 * a terminal for the passphrase of a key that is encrypted where nothing else says it. Errors with UsageError, ConfigError, KeyError and whatever the files
 * throw that are named.
 *
 * Secrets of the environment are left out where `./rxwamp.json`, which nobody has named, says where they would go: see {@link Settings.leftOut}.
 */
export function readSettings(given: Given<SessionOptions>, io: Pick<Io, 'env' | 'folder' | 'stdin'>): Observable<Settings> {
  return defer(() => {
    const { connection, leftOut } = gather(given, io);
    const settings = (passphrase: Connection): Settings => settingsOf({ ...connection, ...passphrase }, leftOut, io.folder);
    return defer(() => of(settings({}))).pipe(catchError((error: unknown) => {
      if (!(error instanceof KeyError) || error.code !== 'encrypted') throw error;
      if (!io.stdin.isTTY) throw new UsageError('--key is encrypted: it must come with --passphrase-file or RXWAMP_PASSPHRASE, got neither', { cause: error });
      return io.stdin.secret(`passphrase of ${connection.key}: `).pipe(take(1), map((passphrase) => settings({ passphrase })));
    }));
  });
}

function gather(given: Given<SessionOptions>, io: Pick<Io, 'env' | 'folder'>): { readonly connection: Connection; readonly leftOut: string | undefined } {
  const { env } = io;
  const { settings, isFound } = readSettingsFile(given.config ?? env[variableOf('config')], given.profile ?? env[variableOf('profile')], io);
  const file = settings as Connection;
  const typed = present((name) => given[name] || undefined);
  const environment = present((name, option) => variable(name, option, env));
  const leading = isFound ? LEADING.find((name) => typed[name] === undefined && environment[name] === undefined && Boolean(file[name])) : undefined;
  const leftOut = leading === undefined ? [] : PROOFS.filter((name) => typed[name] === undefined && environment[name] !== undefined);
  const trusted = present((name) => (leftOut.some((left) => left === name) ? undefined : environment[name]));
  // Of what says the passphrase, both ways count alike.
  const { passphrase, 'passphrase-file': passphraseFile } = [typed, trusted, file].find((source) => source.passphrase !== undefined || source['passphrase-file'] !== undefined) ?? {};
  return {
    connection: { ...file, ...trusted, ...typed, passphrase, 'passphrase-file': passphraseFile },
    leftOut: leftOut.length === 0 ? undefined
      : `${leftOut.map(variableOf).join(', ')} left out, since ${FOLDER_FILE} of this folder has ${show(leading)} and nobody has named that file: --config ${FOLDER_FILE} does`,
  };
}

function present(valueOf: (name: string, option: Option) => unknown): Connection {
  const values = Object.entries<Option>(CONNECTION_OPTIONS).map(([name, option]) => [name, valueOf(name, option)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Connection;
}

function settingsOf(connection: Connection, leftOut: string | undefined, folder: string): Settings {
  const { url = 'ws://127.0.0.1:8080/ws', realm = 'realm1', ca, cert, insecure = false } = connection;
  checkUrl(url);
  if (isHttpUrl(url) && (ca !== undefined || cert !== undefined || insecure)) throw new UsageError('--ca, --cert and --insecure must come with wss or rss: what polls over http takes the certificates of Node');
  if (!isUri(realm)) throw new UsageError(`--realm must be a URI, got ${show(realm)}`);
  const read = (path: string): string => readFileSync(resolve(folder, path), 'utf8');
  return {
    url, realm, leftOut,
    isDefaultUrl: connection.url === undefined,
    auth: authOf(connection, read),
    serializers: serializersOf(connection),
    tls: {
      ...(ca !== undefined && { ca: read(ca) }),
      ...(cert !== undefined && { cert: read(cert), key: read(cert) }),
      ...(insecure && { rejectUnauthorized: false }),
    },
  };
}

function variable(name: string, option: Option, env: Io['env']): string | number | boolean | undefined {
  const text = env[variableOf(name)];
  if (text === undefined || text === '') return undefined;
  return option.type === 'flag' ? text !== '0' && text !== 'false' : readOption(variableOf(name), option, text);
}

function checkUrl(url: string): void {
  try {
    parseNodeUrl(url);
  } catch (error) {
    throw new UsageError(`--${(error as Error).message}`);
  }
}

function serializersOf({ serializer }: Connection): readonly Serializer[] {
  if (serializer === undefined) return SERIALIZERS;
  return [...SERIALIZERS, flatbuffers()].filter(({ subprotocol }) => subprotocol === `wamp.2.${serializer}`);
}

type Maker = (connection: Connection, read: (path: string) => string) => Authenticator;

const MAKERS: { readonly [method in Method]: Maker } = {
  anonymous: () => anonymous(),
  ticket: (given) => ticket({ authid: needed(given, 'authid', 'ticket'), ticket: needed(given, 'ticket', 'ticket') }),
  wampcra: (given) => wampcra({ authid: needed(given, 'authid', 'wampcra'), secret: needed(given, 'secret', 'wampcra') }),
  scram: (given) => scram({ authid: needed(given, 'authid', 'scram'), password: needed(given, 'password', 'scram') }),
  cryptosign: (given, read) => cryptosign({ authid: given.authid, key: parsePrivateKey(read(needed(given, 'key', 'cryptosign')), { passphrase: passphraseOf(given, read) }) }),
  totp: (given) => totp({ authid: needed(given, 'authid', 'totp'), secret: needed(given, 'secret', 'totp') }),
  tls: ({ authid }) => tls({ authid }),
};

function passphraseOf({ passphrase, 'passphrase-file': file }: Connection, read: (path: string) => string): string | undefined {
  return passphrase ?? (file === undefined ? undefined : firstLineOf(read(file)));
}

/** The methods that what is given is for. */
const METHOD_OF = { ticket: 'ticket', secret: 'wampcra', password: 'scram', key: 'cryptosign' } as const;

function authOf(given: Connection, read: (path: string) => string): readonly Authenticator[] {
  if (given.auth !== undefined) return [MAKERS[given.auth](given, read)];
  const methods = Object.entries(METHOD_OF).filter(([name]) => given[name] !== undefined).map(([, method]) => method);
  return (methods.length > 0 ? methods : ['anonymous'] as const).map((method) => MAKERS[method](given, read));
}

function needed(given: Connection, name: 'authid' | 'ticket' | 'secret' | 'password' | 'key', method: Method): string {
  const value = given[name];
  if (value === undefined) throw new UsageError(`${method} must be given --${name}, ${variableOf(name)}, or "${name}" in the file of settings, got none`);
  return value;
}
