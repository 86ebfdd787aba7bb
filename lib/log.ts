/**
 * Where a client or router says what it noticed and could not tell anybody else: a late answer, a slow consumer, a refused frame. Costs one
 * null check where none is given. `console` is one.
 *
 * A router says the same words for the same thing, and gives what differs as fields: the first of the details, such as
 * `{ realm: 'realm1', session: 7, reason: 'goodbye' }`. What was thrown is the field `error`.
 */
export interface Logger {
  debug(message: string, ...details: readonly unknown[]): void;
  /** What happens in the ordinary course of things: who joins, who leaves. Left out by those who do not want to know. */
  info?(message: string, ...details: readonly unknown[]): void;
  warn(message: string, ...details: readonly unknown[]): void;
}
