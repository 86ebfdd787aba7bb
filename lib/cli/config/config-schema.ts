import type {
  AuthOptions, AuthProcedure, AuthorizeOptions, DecisionCacheOptions, DynamicAuthOptions, FailedLoginOptions, HistoryOptions, Limits, Permission, ResumeOptions, RetainedOptions, RouterLimits, RouterTimeouts, SendQueueOptions,
} from '../../router/options.ts';
import type { ShutdownOptions } from '../../router/router.ts';
import type { StatusPageOptions } from '../../router/listeners/status-page.ts';
import type { AnonymousOptions } from '../../auth/anonymous.ts';
import type { TicketUser } from '../../auth/ticket.ts';
import type { WampCraUser } from '../../auth/wampcra.ts';
import type { ScramOptions, ScramUser } from '../../auth/scram.ts';
import type { CryptosignOptions, CryptosignUser } from '../../auth/cryptosign.ts';
import type { CookieOptions } from '../../auth/cookie.ts';
import type { TlsUser } from '../../auth/tls.ts';
import type { TotpOptions, TotpUser } from '../../auth/totp.ts';
import type { ListenerCookieOptions } from '../../router/listeners/cookies.ts';
import type { LongPollListenOptions, PathOptions } from '../../router/node.ts';
import type { CompressionOptions } from '../../transports/ws-compression.ts';
import type { Config, ListenConfig, LogConfig, RealmConfig, TlsConfig } from './config.ts';
import type { AlternativesSchema, ArraySchema, JsonSchema, NumberSchema, ObjectSchema, StringSchema } from './json-schema.ts';

/** Schemas for options of a type: a key that the type does not have is an error of the compiler. */
type PropertiesOf<T> = { readonly [K in keyof T]?: JsonSchema };

const NAME: StringSchema = { type: 'string', minLength: 1 };
const SECRET: StringSchema = { type: 'string', minLength: 1, writeOnly: true };
const MILLISECONDS: NumberSchema = { type: 'number', minimum: 0, maximum: 2 ** 31 - 1, description: 'Milliseconds' };
const COUNT: NumberSchema = { type: 'integer', minimum: 0 };

const URI: StringSchema = { type: 'string', description: 'A URI, or a pattern for `match`' };
const MATCH: StringSchema = {
  type: 'string', enum: ['exact', 'prefix', 'wildcard'], description: 'How URIs are compared with `uri`; exact where it is left out',
};

function only<T>(properties: PropertiesOf<T>, required: readonly (keyof T & string)[] = [], description?: string): ObjectSchema {
  return {
    type: 'object', properties: properties as { readonly [key: string]: JsonSchema }, additionalProperties: false,
    ...(required.length > 0 && { required }), ...(description !== undefined && { description }),
  };
}

function by(key: string, schema: JsonSchema): ObjectSchema {
  return { type: 'object', additionalProperties: schema, description: `By ${key}` };
}

const PROCEDURE: PropertiesOf<AuthProcedure> = {
  procedure: { ...NAME, description: 'The procedure that authenticates' },
  realm: { ...NAME, description: 'The realm that has it; the one that is joined where it is left out' },
  redirect: { type: 'array', items: NAME, description: 'Other realms that it may put clients into' },
};

/** A method that the file itself knows enough for, or that a procedure is asked about; which of the two it is the router looks at. */
function method<T>(properties: PropertiesOf<T>, description?: string): AlternativesSchema {
  return { anyOf: [only<T & AuthProcedure>({ ...properties, ...PROCEDURE } as PropertiesOf<T & AuthProcedure>), NAME], ...(description !== undefined && { description }) };
}

function users<U, O = { readonly users: unknown }>(
  properties: PropertiesOf<U>, required: readonly (keyof U & string)[], more?: Omit<PropertiesOf<O>, 'users'>,
): AlternativesSchema {
  const secretive = { writeOnly: true } as const;
  return { ...method<{ readonly users: unknown }>({ users: { ...by('authid', { ...only<U>(properties, required), ...secretive }), ...secretive }, ...more }), ...secretive };
}

/** Who a user is from its login on. */
const IDENTITY = { authid: NAME, authprovider: NAME, authextra: { type: 'object', additionalProperties: true } } as const;

const LIMITS: PropertiesOf<Limits> = {
  messageSize: { type: 'integer', minimum: 1, description: 'Bytes of a message' },
  nesting: { type: 'integer', minimum: 3, maximum: 128, description: 'Levels of lists and dictionaries in a message' },
  sessions: { ...COUNT, description: 'Sessions in a realm' },
  sessionsPerPeer: { ...COUNT, description: 'Sessions in a realm that come from one address' },
  joinsPerSecond: { type: 'number', minimum: 0, description: 'How often one address may say HELLO' },
  failedLogins: only<FailedLoginOptions>({
    perAuthid: { ...COUNT, minimum: 1, description: 'Of one name at one address' },
    perPeer: { ...COUNT, minimum: 1, description: 'Of one address' },
    period: { ...MILLISECONDS, description: 'Milliseconds after which they are forgotten' },
  }, [], 'How many logins may fail before the next ones are refused'),
  subscriptions: { ...COUNT, description: 'Subscriptions of a session' },
  registrations: { ...COUNT, description: 'Registrations of a session' },
  pendingCalls: { ...COUNT, description: 'Calls a session may wait for' },
  sendQueue: only<SendQueueOptions>({
    bytes: { ...COUNT, description: 'Bytes that may wait for a session that reads slowly' },
    overflow: { type: 'string', enum: ['close', 'dropOldest'], description: 'What happens beyond them' },
  }),
};

const permission = only<Permission>({
  uri: URI,
  match: MATCH,
  allow: { type: 'array', items: { type: 'string', enum: ['call', 'register', 'publish', 'subscribe'] } },
  disclose: only<NonNullable<Permission['disclose']>>({ caller: { type: 'boolean' }, publisher: { type: 'boolean' } }, [], 'Who is told about whom'),
  trustlevel: { ...COUNT, description: 'How far what is called or published may be trusted' },
}, ['uri', 'allow']);

const auth: ObjectSchema = { ...only<AuthOptions>({
  anonymous: method<AnonymousOptions>({ role: NAME }, 'Lets everybody in who names no other method'),
  ticket: users<TicketUser>({ ticket: SECRET, role: NAME }, ['ticket', 'role']),
  wampcra: users<WampCraUser>({
    secret: SECRET, role: NAME, salt: NAME, iterations: { type: 'integer', minimum: 1, maximum: 1_000_000 },
    keylen: { type: 'integer', minimum: 1, maximum: 1024 }, ...IDENTITY,
  }, ['secret', 'role']),
  scram: users<ScramUser, ScramOptions>({
    kdf: { type: 'string', enum: ['argon2id13', 'pbkdf2'] }, salt: NAME, iterations: { type: 'integer', minimum: 1 }, memory: { type: 'integer', minimum: 8 },
    storedKey: SECRET, serverKey: SECRET, role: NAME, ...IDENTITY,
  }, ['kdf', 'salt', 'iterations', 'storedKey', 'serverKey', 'role'], {
    method: { type: 'string', enum: ['wamp-scram', 'scram'], description: 'That of the specification, or what Autobahn and Crossbar.io have' },
  }),
  totp: users<TotpUser, TotpOptions>({ secret: SECRET, role: NAME }, ['secret', 'role'], { skew: { ...COUNT, description: 'Steps of 30 seconds that a clock may be off' } }),
  cryptosign: users<CryptosignUser, CryptosignOptions>({ keys: { type: 'array', items: NAME, minItems: 1 }, role: NAME, realm: NAME, ...IDENTITY }, ['keys', 'role'], {
    key: { ...SECRET, description: 'The private key of the router, in hexadecimal' },
    channelBindings: { type: 'array', items: { type: 'string', enum: ['tls-unique', 'tls-exporter'] } },
  }),
  cookie: only<CookieOptions>({ maxAge: { ...MILLISECONDS, maximum: 2 ** 53 - 1 } }, [], 'Lets those in who have logged in before; it comes first, and needs listen[].cookie'),
  tls: users<TlsUser>({ fingerprints: { type: 'array', items: NAME }, commonName: NAME, role: NAME }, ['role']),
  dynamic: {
    anyOf: [only<DynamicAuthOptions>({
      ...PROCEDURE, methods: { type: 'array', items: { type: 'string', enum: ['anonymous', 'ticket', 'wampcra', 'scram', 'totp', 'cryptosign'] }, description: 'Best first' },
    }, ['procedure']), NAME],
    description: 'One procedure for several methods',
  },
}, [], 'The methods of authentication, the preferred one first; anonymous where it is left out'), writeOnly: true };

const realm = only<RealmConfig>({
  auth,
  roles: { ...by('role', { type: 'array', items: permission }), description: 'What each role may do; everything where it is left out' },
  authorize: {
    anyOf: [NAME, only<AuthorizeOptions>({
      by: NAME, timeout: MILLISECONDS,
      cache: only<DecisionCacheOptions>({ ttl: MILLISECONDS, size: COUNT, per: { type: 'string', enum: ['authid', 'authrole'] } }, [], 'What is kept of decisions'),
    }, ['by'])],
    description: 'The procedure that is asked for each action that roles let pass',
  },
  retained: only<RetainedOptions>({ limit: COUNT, bytes: COUNT }, [], 'How many events are kept for those who subscribe later'),
  history: {
    type: 'array', items: only<HistoryOptions>({ uri: URI, match: MATCH, limit: COUNT, bytes: COUNT }, ['uri']),
    description: 'Topics and patterns whose events are kept',
  },
  resume: {
    anyOf: [{ type: 'boolean' }, only<ResumeOptions>({ timeout: MILLISECONDS, messages: COUNT, bytes: COUNT })],
    description: 'Whether sessions survive the loss of their connection',
  },
  limits: only<Limits>(LIMITS),
});

const REALMS: ArraySchema = { type: 'array', items: NAME, description: 'Realms that can be joined; all where it is left out' };
const WINDOW_BITS: NumberSchema = { type: 'integer', minimum: 9, maximum: 15 };

const listen = only<ListenConfig>({
  url: { type: 'string', description: 'Such as ws://127.0.0.1:8080/ws, rs://127.0.0.1:8081, rs+unix:///run/wamp.sock, http://127.0.0.1:8080/lp' },
  tls: only<TlsConfig>({
    cert: { ...NAME, description: 'File of the certificates (PEM), from the folder of this file' },
    key: { ...NAME, description: 'File of the key (PEM), from the folder of this file' },
    ca: { ...NAME, description: 'File of those who issue certificates of clients (PEM), for the method tls: clients are asked for one' },
  }, ['cert', 'key'], 'For wss, rss and https'),
  realms: REALMS,
  paths: { ...by('path', only<PathOptions>({ realms: REALMS })), description: 'Other paths at which clients connect, and what can be joined there' },
  longPoll: {
    anyOf: [NAME, only<LongPollListenOptions>({ path: NAME, holdTime: { ...MILLISECONDS, minimum: 1 }, silenceTimeout: { ...MILLISECONDS, minimum: 1 } })],
    description: 'Beside WebSockets, the path under which clients connect by HTTP requests that no WebSocket gets through to',
  },
  allowedOrigins: {
    type: 'array', items: NAME,
    description: 'Origins of pages that may connect: https://*.example.com, http://localhost:*, self for the host itself, null, * for all but null; all where it is left out',
  },
  trustProxy: { type: 'array', items: NAME, description: 'Addresses and networks (10.0.0.0/8) of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed' },
  compression: {
    anyOf: [{ type: 'boolean' }, only<CompressionOptions>({
      threshold: { ...COUNT, description: 'Bytes from which on a message is compressed' },
      serverMaxWindowBits: WINDOW_BITS, clientMaxWindowBits: WINDOW_BITS, serverNoContextTakeover: { type: 'boolean' }, clientNoContextTakeover: { type: 'boolean' },
      level: { type: 'integer', minimum: 0, maximum: 9 }, memLevel: { type: 'integer', minimum: 1, maximum: 9 }, concurrency: { type: 'integer', minimum: 1, maximum: 1024 },
    })],
    description: 'Whether messages are compressed (permessage-deflate), which makes most connections slower',
  },
  handshakeTimeout: { ...MILLISECONDS, minimum: 1 },
  closeTimeout: { ...MILLISECONDS, minimum: 1 },
  pingInterval: MILLISECONDS,
  pingTimeout: { ...MILLISECONDS, minimum: 1 },
  maxConnections: COUNT,
  maxHandshakes: { ...COUNT, minimum: 1, description: 'Sockets that may be open and have not sent their handshake' },
  maxFragments: { ...COUNT, minimum: 1, description: 'Frames that a message may come in' },
  autoFragmentSize: { ...COUNT, description: 'Bytes of the longest frame that is sent; 0 sends every message as one' },
  highWaterMark: { ...COUNT, description: 'Unsent bytes from which on a connection counts as slow' },
  tcpNoDelay: { type: 'boolean' },
  cookie: {
    anyOf: [{ type: 'boolean' }, only<ListenerCookieOptions>({ name: NAME, maxAge: { ...MILLISECONDS, minimum: 1000, maximum: 2 ** 53 - 1 }, origins: { type: 'array', items: NAME } })],
    description: 'Whether clients are given a cookie, by which realms with the method cookie know them again',
  },
}, ['url']);

/** What may stand in the configuration file of `rxwamp router`. */
export const CONFIG_SCHEMA: ObjectSchema = only<Config & { readonly $schema: unknown }>({
  $schema: { type: 'string', description: 'For editors' },
  listen: {
    type: 'array', minItems: 1, items: { anyOf: [{ type: 'string' }, listen] },
    description: 'Where clients connect; ws://127.0.0.1:8080/ws where it is left out',
  },
  status: {
    anyOf: [{ type: 'boolean' }, only<StatusPageOptions>({ path: NAME })],
    description: 'A page for browsers that shows what the router does; at / where it is left out',
  },
  log: only<LogConfig>({
    level: { type: 'string', enum: ['debug', 'info', 'warn'] }, format: { type: 'string', enum: ['text', 'json'] },
  }, [], 'Written to standard error'),
  shutdown: only<ShutdownOptions>({
    calls: { ...MILLISECONDS, description: 'Milliseconds in which open calls may be answered' },
    drain: { ...MILLISECONDS, description: 'Milliseconds in which clients may answer GOODBYE' },
    retryAfter: { type: 'number', minimum: 0, maximum: 2 ** 31 - 1, description: 'Seconds over which clients are to spread their return' },
  }),
  timeouts: only<RouterTimeouts>({ hello: MILLISECONDS, authenticate: MILLISECONDS, goodbye: MILLISECONDS }),
  limits: only<RouterLimits>({ ...LIMITS, handshakes: { ...COUNT, minimum: 1, description: 'Connections that may be about to join' } }),
  realms: by('name', realm),
}, ['realms'], 'Configuration of rxwamp router');
