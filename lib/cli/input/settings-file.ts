import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
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
const SECRETS: ReadonlySet<string> = new Set(['ticket', 'secret', 'password']);

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

/**
 * Reads the file of settings: the one that is named, else `./rxwamp.json`, else `$XDG_CONFIG_HOME/rxwamp/config.json`. What a profile says goes
 * before what the file says for all. Names of files in it are found from its folder. Throws ConfigError with places, UsageError where there is
 * no such profile, and Error where the file cannot be read.
 */
export function readSettingsFile(named: string | undefined, profile: string | undefined, { env, folder }: Pick<Io, 'env' | 'folder'>): Dict {
  const file = named === undefined ? placesOf(env, folder).find((place) => existsSync(place)) : resolve(folder, named);
  if (file === undefined) {
    if (profile !== undefined) throw new UsageError(`--profile must come with a file of settings, got none: ${placesOf(env, folder).join(' or ')}`);
    return {};
  }
  const settings = read(file);
  const { profiles = {}, ...general } = settings as { readonly profiles?: { readonly [name: string]: Dict } };
  if (profile !== undefined && !Object.hasOwn(profiles, profile)) {
    throw new UsageError(`--profile must be one of those in ${file}: ${Object.keys(profiles).join(', ') || 'none'}; got ${show(profile)}`);
  }
  return located({ ...general, ...(profile === undefined ? {} : profiles[profile]) }, dirname(file));
}

function placesOf(env: Io['env'], folder: string): readonly string[] {
  const home = env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? homedir(), '.config');
  return [join(folder, 'rxwamp.json'), join(home, 'rxwamp', 'config.json')];
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

function located(settings: Dict, folder: string): Dict {
  const files = Object.entries<Option>(CONNECTION_OPTIONS).filter(([name, { type }]) => type === 'file' && typeof settings[name] === 'string');
  return { ...settings, ...Object.fromEntries(files.map(([name]) => [name, resolve(folder, settings[name] as string)])) };
}
