import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import type { Dict } from '../../types.ts';
import { show } from '../../protocol/show.ts';
import { check } from '../config/check.ts';
import type { JsonSchema, ObjectSchema } from '../config/json-schema.ts';
import { ConfigError, readJson } from '../config/read-config.ts';
import type { Io } from '../io.ts';
import { UsageError } from '../usage-error.ts';
import { CONNECTION_OPTIONS } from './connection-options.ts';
import type { Option } from './options.ts';

const MOST_BYTES = 2 ** 20;
const SECRETS: ReadonlySet<string> = new Set(['ticket', 'secret', 'password', 'passphrase']);

/** What a file says about connections: a key for each option, and more of them under `profiles`, by name. */
const SCHEMA: ObjectSchema = {
  type: 'object', additionalProperties: false,
  properties: { ...settingsSchema(), profiles: { type: 'object', additionalProperties: { type: 'object', additionalProperties: false, properties: settingsSchema() } } },
};

function settingsSchema(): { readonly [name: string]: JsonSchema } {
  return Object.fromEntries(Object.entries<Option>(CONNECTION_OPTIONS).map(([name, option]) => [name, schemaOf(name, option)]));
}

function schemaOf(name: string, option: Option): JsonSchema {
  if (option.type === 'flag') return { type: 'boolean' };
  return { type: 'string', minLength: 1, ...(option.type === 'word' && { enum: option.words }), ...(SECRETS.has(name) && { writeOnly: true }) };
}

/** What the file of settings says. */
export interface SettingsFile {
  readonly settings: Dict;
  /** It was found in the folder, and named by nobody: whoever made the folder may have written it. */
  readonly isFound: boolean;
}

/** The file that is looked for in the folder. */
export const FOLDER_FILE = 'rxwamp.json';

/**
 * Reads the file of settings: the one that is named, else `./rxwamp.json`, else `$XDG_CONFIG_HOME/rxwamp/config.json`. What a profile says goes
 * before what the file says for all. Names of files in it are found from its folder; where the file was found and not named they must be in there, so that
 * a folder of somebody else's has no key of ours used. Throws ConfigError with places, UsageError where there is no such profile or a file is elsewhere, and
 * Error where the file cannot be read.
 */
export function readSettingsFile(named: string | undefined, profile: string | undefined, { env, folder }: Pick<Io, 'env' | 'folder'>): SettingsFile {
  const file = named === undefined ? placesOf(env, folder).find((place) => existsSync(place)) : resolve(folder, named);
  if (file === undefined) {
    if (profile !== undefined) throw new UsageError(`--profile must come with a file of settings, got none: ${placesOf(env, folder).join(' or ')}`);
    return { settings: {}, isFound: false };
  }
  const { profiles = {}, ...general } = read(file) as { readonly profiles?: { readonly [name: string]: Dict } };
  if (profile !== undefined && !Object.hasOwn(profiles, profile)) {
    throw new UsageError(`--profile must be one of those in ${file}: ${Object.keys(profiles).join(', ') || 'none'}; got ${show(profile)}`);
  }
  const isFound = named === undefined && file === join(folder, FOLDER_FILE);
  return { settings: located({ ...general, ...(profile === undefined ? {} : profiles[profile]) }, dirname(file), isFound), isFound };
}

function placesOf(env: Io['env'], folder: string): readonly string[] {
  const home = env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? homedir(), '.config');
  return [join(folder, FOLDER_FILE), join(home, 'rxwamp', 'config.json')];
}

function read(file: string): Dict {
  const text = textOf(file);
  const problems = check(readJson(text, file), SCHEMA);
  if (problems.length > 0) throw new ConfigError(file, problems);
  return JSON.parse(text) as Dict;
}

function textOf(file: string): string {
  try {
    if (statSync(file).size > MOST_BYTES) throw new RangeError(`it must not be longer than ${MOST_BYTES} bytes`);
    return readFileSync(file, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function located(settings: Dict, folder: string, isFound: boolean): Dict {
  const files = Object.entries<Option>(CONNECTION_OPTIONS).filter(([name, { type }]) => type === 'file' && typeof settings[name] === 'string');
  return { ...settings, ...Object.fromEntries(files.map(([name]) => [name, fileIn(folder, name, settings[name] as string, isFound)])) };
}

function fileIn(folder: string, name: string, file: string, isFound: boolean): string {
  const path = resolve(folder, file);
  // By its real name: a link leads anywhere.
  if (isFound && existsSync(path) && !realpathSync(path).startsWith(`${realpathSync(folder)}${sep}`)) {
    throw new UsageError(`${name} of ${FOLDER_FILE} must be a file in the folder of it, got ${show(file)}; with --config ${FOLDER_FILE} it may be any`);
  }
  return path;
}
