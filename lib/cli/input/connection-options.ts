import type { FileOption, FlagOption, Options, TextOption, WordOption } from './options.ts';

type SerializerName = 'json' | 'msgpack' | 'cbor' | 'ubjson' | 'flatbuffers';

/** The methods by which `rxwamp` logs in. */
export type Method = 'anonymous' | 'ticket' | 'wampcra' | 'scram' | 'cryptosign' | 'totp' | 'tls';

/** What says where the router is, who we are, and how. Each may also stand in the environment, `RXWAMP_URL`, and in the file, `"url"`. */
export interface ConnectionOptions extends Options {
  readonly url: TextOption;
  readonly realm: TextOption;
  readonly auth: WordOption<Method>;
  readonly authid: TextOption;
  readonly ticket: TextOption;
  readonly secret: TextOption;
  readonly password: TextOption;
  readonly key: FileOption;
  readonly passphrase: TextOption;
  readonly 'passphrase-file': FileOption;
  readonly serializer: WordOption<SerializerName>;
  readonly ca: FileOption;
  readonly cert: FileOption;
  readonly insecure: FlagOption;
}

/** What a command that joins a realm takes besides its own. */
export interface SessionOptions extends ConnectionOptions {
  readonly profile: TextOption;
  readonly config: FileOption;
  readonly quiet: FlagOption;
  readonly verbose: FlagOption;
  readonly json: FlagOption;
  readonly 'no-color': FlagOption;
}

export const CONNECTION_OPTIONS: ConnectionOptions = {
  url: { type: 'text', value: 'url', about: 'the router: ws wss rs rss rs+unix http https (ws://127.0.0.1:8080/ws)' },
  realm: { type: 'text', value: 'name', about: 'the realm to join (realm1)' },
  auth: { type: 'word', words: ['anonymous', 'ticket', 'wampcra', 'scram', 'cryptosign', 'totp', 'tls'], about: 'how to log in (by what is given)' },
  authid: { type: 'text', value: 'name', about: 'who logs in' },
  ticket: { type: 'text', value: 'text', about: 'for ticket; others may see it: better RXWAMP_TICKET' },
  secret: { type: 'text', value: 'text', about: 'for wampcra, and for totp with --auth totp; others may see it: better RXWAMP_SECRET' },
  password: { type: 'text', value: 'text', about: 'for scram; others may see it: better RXWAMP_PASSWORD' },
  key: { type: 'file', value: 'file', about: 'for cryptosign: a private key, as of keygen' },
  passphrase: { type: 'text', value: 'text', about: 'of the key; others may see it: better the next one, or be asked for it in a terminal' },
  'passphrase-file': { type: 'file', value: 'file', about: 'whose first line is the passphrase of the key' },
  serializer: { type: 'word', words: ['json', 'msgpack', 'cbor', 'ubjson', 'flatbuffers'], about: 'speaks this one (the best that both have)' },
  ca: { type: 'file', value: 'file', about: 'trusts these certificates of routers, PEM' },
  cert: { type: 'file', value: 'file', about: 'our certificate and its key, PEM, in one file' },
  insecure: { type: 'flag', about: 'trusts every certificate' },
};

export const SESSION_OPTIONS: SessionOptions = {
  ...CONNECTION_OPTIONS,
  profile: { type: 'text', value: 'name', about: 'takes that profile of the file' },
  config: { type: 'file', value: 'file', about: 'the file, in place of ./rxwamp.json' },
  json: { type: 'flag', about: 'prints lines of JSON' },
  quiet: { type: 'flag', short: 'q', about: 'says nothing of the connection' },
  verbose: { type: 'flag', short: 'v', about: 'shows each message on stderr' },
  'no-color': { type: 'flag', about: 'prints no colours, as with NO_COLOR' },
};

/** The environment variable that stands in for an option: `RXWAMP_PASSPHRASE_FILE`. */
export function variableOf(option: string): string {
  return `RXWAMP_${option.toUpperCase().replaceAll('-', '_')}`;
}
