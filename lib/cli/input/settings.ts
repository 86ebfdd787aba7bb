import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { anonymous } from '../../auth/anonymous.ts';
import type { Authenticator } from '../../auth/authenticator.ts';
import { cryptosign } from '../../auth/cryptosign.ts';
import { scram } from '../../auth/scram.ts';
import { ticket } from '../../auth/ticket.ts';
import { tls } from '../../auth/tls.ts';
import { totp } from '../../auth/totp.ts';
import { wampcra } from '../../auth/wampcra.ts';
import { parsePrivateKey } from '../../crypto/key-files.ts';
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
import { readSettingsFile } from './settings-file.ts';

/** How a command connects. */
export interface Settings {
  readonly url: string;
  readonly realm: string;
  readonly auth: readonly Authenticator[];
  readonly serializers: readonly Serializer[];
  readonly tls: WsOptions['tls'];
}

type Connection = { readonly [N in keyof Given<ConnectionOptions>]?: Given<ConnectionOptions>[N] | undefined };

/**
 * Gathers how to connect: what was typed goes before the environment, that before the file, and that before what it is by default. Throws UsageError,
 * ConfigError, KeyError and whatever the files throw that are named.
 */
export function readSettings(given: Given<SessionOptions>, io: Pick<Io, 'env' | 'folder'>): Settings {
  const { env, folder } = io;
  const file = readSettingsFile(given.config ?? env[variableOf('config')], given.profile ?? env[variableOf('profile')], io);
  const typed = Object.entries(CONNECTION_OPTIONS as { readonly [name: string]: Option });
  const connection = Object.fromEntries(typed.map(([name, option]) => [name, given[name] || variable(name, option, env) || file[name]])) as Connection;
  const { url = 'ws://127.0.0.1:8080/ws', realm = 'realm1', ca, cert, insecure = false } = connection;
  checkUrl(url);
  if (isHttpUrl(url) && (ca !== undefined || cert !== undefined || insecure)) throw new UsageError('--ca, --cert and --insecure must come with wss or rss: what polls over http takes the certificates of Node');
  if (!isUri(realm)) throw new UsageError(`--realm must be a URI, got ${show(realm)}`);
  const read = (path: string): string => readFileSync(resolve(folder, path), 'utf8');
  return {
    url, realm,
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
  cryptosign: (given, read) => cryptosign({ authid: given.authid, key: parsePrivateKey(read(needed(given, 'key', 'cryptosign'))) }),
  totp: (given) => totp({ authid: needed(given, 'authid', 'totp'), secret: needed(given, 'secret', 'totp') }),
  tls: ({ authid }) => tls({ authid }),
};

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
