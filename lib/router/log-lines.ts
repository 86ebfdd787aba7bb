import { asyncScheduler, type SchedulerLike } from 'rxjs';
import type { Logger } from '../log.ts';
import { isDict, show } from '../protocol/fields.ts';
import type { Dict, List } from '../types.ts';
import { oneOf } from './validation.ts';

/** How much a log says: `'warn'` what somebody should look at, `'info'` who comes and goes as well, `'debug'` everything. */
export type LogLevel = 'debug' | 'info' | 'warn';

/** Options of {@link jsonLog} and {@link textLog}. */
export interface LogLineOptions {
  /** The least that is said. @default 'info' */
  readonly level?: LogLevel | undefined;
  /** Keeps the time that lines begin with. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn'];

/** No text in a line is longer: what a client sent may be. */
const LONGEST = 256;

/**
 * A log of JSON lines, for programs that collect them: `time`, `level` and `message`, and the fields of what is said. Each line is written
 * without an end.
 *
 * ```ts
 * const router = createRouter({ realms, log: jsonLog((line) => process.stderr.write(`${line}\n`)) });
 * // {"time":"2026-01-31T12:00:00.000Z","level":"info","message":"session joined","realm":"realm1","session":7,...}
 * ```
 */
export function jsonLog(write: (line: string) => void, options: LogLineOptions = {}): Logger {
  return lines(write, options, (time, level, message, fields) => {
    const line = { time, level, message };
    // What a field is called cannot hide when, how and what was said.
    return escaped(JSON.stringify(Object.assign({ ...line }, fields, line)));
  });
}

/**
 * A log for people to read, one line for each thing that is said: `2026-01-31T12:00:00.000Z info  session joined  realm=realm1 session=7`. Each
 * line is written without an end. What a client sent can neither begin a line of its own nor command a terminal.
 */
export function textLog(write: (line: string) => void, options: LogLineOptions = {}): Logger {
  return lines(write, options, (time, level, message, fields) => {
    const said = Object.entries(fields).map(([key, value]) => `${word(key)}=${word(value)}`).join(' ');
    return `${time} ${level.padEnd(5)} ${escaped(message)}${said === '' ? '' : `  ${said}`}`;
  });
}

type Lay = (time: string, level: LogLevel, message: string, fields: Dict) => string;

function lines(write: (line: string) => void, { level = 'info', scheduler = asyncScheduler }: LogLineOptions, lay: Lay): Logger {
  const least = LOG_LEVELS.indexOf(oneOf(LOG_LEVELS, level, 'level'));
  const sayer = (of: LogLevel) => (message: string, ...details: List): void => {
    if (LOG_LEVELS.indexOf(of) >= least) write(lay(new Date(scheduler.now()).toISOString(), of, message, fieldsOf(details)));
  };
  return { debug: sayer('debug'), info: sayer('info'), warn: sayer('warn') };
}

// Fields come first; what else is there says at least of what kind it is.
function fieldsOf([first, ...others]: List): Dict {
  const fields = isDict(first) && !(first instanceof Error) ? first : { detail: first };
  return Object.fromEntries(Object.entries({ ...fields, ...(others.length > 0 && { details: others.map(plain).join(', ') }) })
    .filter(([, value]) => value !== undefined).map(([key, value]) => [key, plain(value)]));
}

function plain(value: unknown): string | number | boolean | null {
  if (value instanceof Error) return shortened(`${value.name}: ${value.message}`);
  if (typeof value === 'string') return shortened(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  return show(value);
}

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function word(value: unknown): string {
  const text = String(value);
  return /^[\w.:@/+-]+$/.test(text) ? text : escaped(JSON.stringify(text));
}

// JSON leaves some of what moves a cursor or ends a line as it is.
function escaped(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
