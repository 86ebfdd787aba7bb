import type { Io, Output } from '../io.ts';

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;
export type Style = keyof typeof STYLES;

/** Puts a text into a colour, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** How an output is painted: not at all where it is no terminal, or where somebody does not want it (https://no-color.org). */
export function paintFor({ isTTY }: Output, { env }: Pick<Io, 'env'>, noColor: boolean): Paint {
  const isPlain = !isTTY || noColor || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return isPlain ? (_, text) => text : (style, text) => `\u001b[${STYLES[style]}m${text}\u001b[0m`;
}
