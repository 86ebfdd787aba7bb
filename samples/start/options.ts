/** What can be typed behind `npm start --`. */
import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';

export interface Options {
  /** The folder that is hashed. */
  readonly path: string;
  /** Where the router listens on 127.0.0.1. */
  readonly port: number;
  /** About how long the demonstration takes. */
  readonly seconds: number;
  /** Stay until Ctrl-C. */
  readonly keep: boolean;
  readonly help: boolean;
}

export const USAGE = `npm start -- [options]

  --path <folder>   what is hashed (lib)
  --port <number>   where the router listens; a free port is taken where it is in use (8080)
  --seconds <n>     how long it takes, from 5 to 3600 (15)
  --keep            stays until Ctrl-C
  --help            prints this
`;

/** Something was typed that cannot be right. */
export class UsageError extends Error {}

/** Reads the options. Throws UsageError with one sentence. */
export function readOptions(typed: readonly string[]): Options {
  const { path, port, seconds, keep, help } = parse(typed);
  return { path: folder(path), port: whole('port', port, 0, 65_535), seconds: whole('seconds', seconds, 5, 3600), keep, help };
}

function parse(typed: readonly string[]) {
  try {
    return parseArgs({
      args: [...typed],
      options: {
        path: { type: 'string', default: 'lib' },
        port: { type: 'string', default: '8080' },
        seconds: { type: 'string', default: '15' },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split(/[.\n]/, 1);
    throw new UsageError(`${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`);
  }
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new UsageError(`--${name} must be a whole number from ${least} to ${most}, got "${text}"`);
  return value;
}

function folder(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw new UsageError(`--path must be a folder, got "${path}"`);
  return path;
}
