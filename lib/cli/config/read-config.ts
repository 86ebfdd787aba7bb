import { parse, type ValueNode } from '@humanwhocodes/momoa';
import { isUri } from '../../protocol/uri.ts';
import { createRouter, type ListeningRouter } from '../../router/node.ts';
import { parseNodeUrl } from '../../transports/rawsocket-url.ts';
import { check, memberOf, type Place, type Problem } from './check.ts';
import { CONFIG_SCHEMA } from './config-schema.ts';
import type { Config, ListenConfig } from './config.ts';

/** A configuration that cannot be used: all that is wrong in it, a line for each, with the place where it stands. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    super(problems.map(({ line, column, message }) => `${file}:${line}:${column} ${message}`).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** What a file says, and where. */
export interface ReadConfig {
  readonly config: Config;
  /** Where something stands, or the nearest thing around it. */
  placeOf(path: Path): Place;
}

/** The keys and places in lists that lead to something. */
export type Path = readonly (string | number)[];

/** Options of `listen` that say nothing of HTTP. */
const OF_ANY_LISTENER: ReadonlySet<string> = new Set(['realms', 'pingInterval', 'highWaterMark', 'maxConnections']);

const START: Place = { line: 1, column: 1 };

/**
 * Reads a configuration, and throws a {@link ConfigError} over everything that is wrong in it. What the schema does not say, such as what is a URI
 * with a wildcard, the router is asked for once the schema is kept to.
 *
 * @param file its name, for the errors
 */
export function readConfig(text: string, file: string): ReadConfig {
  const root = readJson(text, file);
  const problems = check(root, CONFIG_SCHEMA);
  if (problems.length > 0) throw new ConfigError(file, problems);
  // Read afresh, since JSON.parse knows what to do with a key such as __proto__.
  const config = JSON.parse(text) as Config;
  const refusals = [...refusedUrls(config), ...refusedNames(config), ...refusedByRouter(config)].map(({ path, message }) => ({ ...placeOf(root, path), message: `${nameOf(path)} ${message}` }));
  if (refusals.length > 0) throw new ConfigError(file, refusals);
  return { config, placeOf: (path) => placeOf(root, path) };
}

/** Reads JSON with its places. Throws {@link ConfigError}. */
export function readJson(text: string, file: string): ValueNode {
  try {
    const root = parse(text).body;
    JSON.parse(text); // stricter: about what may stand in a string
    return root;
  } catch (error) {
    throw new ConfigError(file, [{ ...failedAt(error), message: `the file must be JSON: ${reasonOf(error as Error)}` }]);
  }
}

function failedAt(error: unknown): Place {
  const { line, column } = error as Partial<Place>;
  return line === undefined || column === undefined ? START : { line, column };
}

/** What the parser calls what people type. */
const TOKENS: { readonly [name: string]: string } = {
  LBrace: '{', RBrace: '}', LBracket: '[', RBracket: ']', Comma: 'comma', Colon: 'colon', String: 'string', Number: 'number',
};

function reasonOf(error: Error): string {
  if (error instanceof RangeError) return 'it is nested too deep';
  const [whole = ''] = error.message.split(/ found\. \(/, 1);
  // A word without its quotes may be a secret.
  const sentence = whole.replace(/ identifier '.*$/s, ' identifier').replace(/ token (\w+)$/, (_, name: string) => ` ${TOKENS[name] ?? name}`);
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
}

/** What is wrong with what stands at a path. */
interface Refusal {
  readonly path: Path;
  readonly message: string;
}

function refusedUrls({ listen = [] }: Config): readonly Refusal[] {
  return listen.flatMap((each, at): readonly Refusal[] => {
    const { url, tls } = typeof each === 'string' ? { url: each, tls: undefined } : each;
    const path = typeof each === 'string' ? ['listen', at] : ['listen', at, 'url'];
    try {
      const { scheme, secure } = parseNodeUrl(url);
      if (secure === (tls !== undefined)) return [];
      return [{ path, message: secure ? `must come with tls, since it is ${scheme}` : 'must be wss, rss or https, since it comes with tls' }];
    } catch (error) {
      return [{ path, message: (error as Error).message.replace(/^url /, '') }];
    }
  });
}

function refusedNames({ realms }: Config): readonly Refusal[] {
  return Object.keys(realms).filter((name) => !isUri(name)).map((name) => ({ path: ['realms', name], message: 'must be named by a URI' }));
}

// A router that is made and used by nobody: nothing runs in it.
function refusedByRouter({ realms, limits, timeouts, listen = [] }: Config): readonly Refusal[] {
  if (!Object.keys(realms).every((name) => isUri(name))) return [];
  try {
    const router = createRouter({ realms, limits, timeouts });
    return listen.flatMap((each, at) => (typeof each === 'string' ? [] : refusedListening(router, each, at)));
  } catch (error) {
    return [refusalOf(error, [])];
  }
}

function refusedListening(router: ListeningRouter, { url, tls: _tls, handshakeTimeout, maxHandshakes: _most, longPoll, ...options }: ListenConfig, at: number): readonly Refusal[] {
  const ofHttp = Object.keys({ ...options, ...(longPoll !== undefined && { longPoll }) }).find((key) => !OF_ANY_LISTENER.has(key));
  if (ofHttp !== undefined && url.startsWith('rs')) return [{ path: ['listen', at, ofHttp], message: 'must not be there: a RawSocket has no HTTP' }];
  try {
    router.upgradeHandler('/', options);
    const { path = '/', ...times } = typeof longPoll === 'object' ? longPoll : { path: longPoll };
    router.longPollHandler(path, { ...times, handshakeTimeout });
    return [];
  } catch (error) {
    return [refusalOf(error, ['listen', at])];
  }
}

/** What an error of the router says, at the path that it names. */
function refusalOf(error: unknown, within: Path): Refusal {
  const [, place = '', message = ''] = /^(.*?) (must .*)$/s.exec((error as Error).message) ?? [];
  return { path: [...within, ...pathOf(place)], message };
}

/** The path of an option as the router names it: `realms["realm1"].roles["guest"][0].uri`, `options.limits`. */
function pathOf(name: string): Path {
  return [...name.replace(/^options\./, '').matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\.?(\w+)/g)]
    .map(([, at, quoted, key = '']) => (at !== undefined ? Number(at) : quoted !== undefined ? JSON.parse(quoted) as string : key));
}

function nameOf(path: Path): string {
  return path.reduce<string>((name, step) => (typeof step === 'number' ? `${name}[${step}]` : memberOf(name, step)), '');
}

function placeOf(root: ValueNode, path: Path): Place {
  let node = root;
  for (const step of path) {
    const next = node.type === 'Object' ? node.members.find(({ name }) => name.type === 'String' && name.value === step)?.value
      : node.type === 'Array' ? node.elements[Number(step)]?.value : undefined;
    if (next === undefined) break;
    node = next;
  }
  const { line, column } = node.loc.start;
  return { line, column };
}
