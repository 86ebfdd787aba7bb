import { parseArgs } from 'node:util';
import { show } from '../../protocol/show.ts';
import { UsageError } from '../usage-error.ts';
import { nearest } from './nearest.ts';

/**
 * One option of a command:
 *
 * - `flag`: there or not
 * - `text`, `file`: what stands behind it; shells complete a file
 * - `texts`: the same, as often as one likes
 * - `word`: one of `words`
 * - `count`: a whole number from `least` to `most`
 * - `duration`: `5`, `2.5s`, `500ms`, `3m`, in milliseconds here
 */
export type Option = FlagOption | TextOption | TextsOption | FileOption | WordOption | CountOption | DurationOption;

interface Described { /** A line for the help. */ readonly about: string }
interface Valued extends Described { /** What the help calls the value. */ readonly value: string }

export interface FlagOption extends Described { readonly type: 'flag'; readonly short?: string }
export interface TextOption extends Valued { readonly type: 'text' }
export interface TextsOption extends Valued { readonly type: 'texts' }
export interface FileOption extends Valued { readonly type: 'file' }
export interface WordOption<W extends string = string> extends Described { readonly type: 'word'; readonly words: readonly W[] }
export interface CountOption extends Valued { readonly type: 'count'; readonly least: number; readonly most: number }
export interface DurationOption extends Valued { readonly type: 'duration' }

export interface Options { readonly [name: string]: Option }

/** A word that a command takes, in its place. */
export interface Word {
  readonly name: string;
  readonly about: string;
  /** @default 'one' */
  readonly count?: 'one' | 'maybe' | 'any' | undefined;
  /** What it may be, where that is a closed set. */
  readonly words?: readonly string[] | undefined;
  /** A file: shells complete it. */
  readonly isFile?: boolean | undefined;
}

/** What can be typed behind the name of a command. */
export interface Syntax<O extends Options = Options> {
  readonly name: string;
  readonly words: readonly Word[];
  readonly options: O;
}

type Value<O extends Option> =
  O extends FlagOption ? boolean
    : O extends TextsOption ? readonly string[]
      : O extends CountOption | DurationOption ? number | undefined
        : O extends WordOption<infer W> ? W | undefined
          : string | undefined;

/** What was typed for each option. */
export type Given<O extends Options> = { readonly [N in keyof O]: Value<O[N]> };

/** The option that every command has. */
export const HELP: Option = { type: 'flag', short: 'h', about: 'prints this' };

/** Reads what stands behind the name of a command. Throws {@link UsageError} with one sentence. */
export function readGiven<O extends Options>(command: Syntax<O>, args: readonly string[]): { readonly given: Given<O>; readonly words: readonly string[] } {
  const { values, positionals } = parse(command, args);
  const given = Object.fromEntries(Object.entries<Option>(command.options).map(([name, option]) => [name, read(name, option, values[name])])) as Given<O>;
  return { given, words: checkWords(command, positionals.map(unmarked)) };
}

function parse({ options }: Syntax, args: readonly string[]) {
  try {
    return parseArgs({
      args: marked(args),
      allowPositionals: true,
      options: Object.fromEntries(Object.entries(options).map(([name, option]) => [name, {
        type: option.type === 'flag' ? 'boolean' : 'string', multiple: option.type === 'texts',
        ...('short' in option && option.short !== undefined && { short: option.short }),
      }])),
    });
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split(/\. |\n/, 1);
    const typed = /'--([^' ]+)'/.exec(sentence)?.[1];
    const meant = typed === undefined || typed in options ? undefined : nearest(typed, Object.keys(options));
    throw new UsageError(`${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}${meant === undefined ? '' : `, did you mean --${meant}?`}`);
  }
}

// A negative number is a value and no options. No argument of a process can hold U+0000, so that it can mark them.
const MARK = '\0';

function marked(args: readonly string[]): string[] {
  return args.map((arg) => (/^-\.?\d/.test(arg) ? `${MARK}${arg}` : arg));
}

function unmarked(arg: string): string {
  return arg.startsWith(MARK) ? arg.slice(1) : arg;
}

function read(name: string, option: Option, typed: unknown): unknown {
  if (option.type === 'flag') return typed === true;
  if (option.type === 'texts') return ((typed ?? []) as readonly string[]).map(unmarked);
  if (typeof typed !== 'string') return undefined;
  return readOption(`--${name}`, option, unmarked(typed));
}

/** Reads the text of an option, wherever it comes from. Throws {@link UsageError}, which calls it by `name`. */
export function readOption(name: string, option: Option, text: string): string | number {
  switch (option.type) {
    case 'word': return readWord(name, option.words, text);
    case 'count': return readCount(name, option, text);
    case 'duration': return readDuration(name, text);
    default: return text;
  }
}

function readWord(name: string, words: readonly string[], text: string): string {
  if (words.includes(text)) return text;
  const meant = nearest(text, words);
  throw new UsageError(`${name} must be one of ${words.join(', ')}, got ${show(text)}${meant === undefined ? '' : `, did you mean ${meant}?`}`);
}

function readCount(name: string, { least, most }: CountOption, text: string): number {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(count >= least && count <= most)) throw new UsageError(`${name} must be a whole number from ${least} to ${most}, got ${show(text)}`);
  return count;
}

const UNITS: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const LONGEST = 24 * 3_600_000;

function readDuration(name: string, text: string): number {
  const [, number = '', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const duration = Number(number) * UNITS[unit]!;
  if (!(duration >= 1 && duration <= LONGEST)) throw new UsageError(`${name} must be a time up to 24h, such as 5, 2.5s, 500ms or 3m, got ${show(text)}`);
  return duration;
}

function checkWords({ name, words, options }: Syntax, typed: readonly string[]): readonly string[] {
  for (const [at, { name: word, count = 'one', words: closed }] of words.entries()) {
    const text = typed[at];
    if (text === undefined && count === 'one') throw new UsageError(`${name} must be given <${word}>, got nothing: ${usageOf({ name, words, options })}`);
    if (text !== undefined && closed !== undefined) readWord(`<${word}>`, closed, text);
  }
  const extra = words.at(-1)?.count === 'any' ? undefined : typed[words.length];
  if (extra !== undefined) throw new UsageError(`unexpected argument ${show(extra)}: ${usageOf({ name, words, options })}`);
  return typed;
}

const SHAPES = { one: (name: string) => `<${name}>`, maybe: (name: string) => `[${name}]`, any: (name: string) => `[${name}…]` } as const;

/** The first line of its help: `rxwamp call <uri> [args…] [options]`. */
export function usageOf({ name, words, options }: Syntax): string {
  const shapes = words.map(({ name: word, count = 'one' }) => SHAPES[count](word));
  return ['rxwamp', name, ...shapes, ...(Object.keys(options).length > 0 ? ['[options]'] : [])].join(' ');
}
