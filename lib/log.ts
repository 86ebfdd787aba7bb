/**
 * Where a client or router says what it noticed and could not tell anybody else: a late answer, a slow consumer, a refused frame.
 * Costs one null check where none is given. `console` is one.
 */
export interface Logger {
  debug(message: string, ...details: readonly unknown[]): void;
  warn(message: string, ...details: readonly unknown[]): void;
}
