/**
 * Where the caller of a method of this library stands, as ` at file:line:column`; nothing where the engine does not tell. To be called by that
 * method itself.
 */
export function callerOf(): string {
  const lines = new Error('for its stack').stack?.split('\n') ?? [];
  const sites = lines.flatMap((line) => /[^\s()@]+:\d+:\d+(?=\)?$)/.exec(line) ?? []);
  // This function, the method that asks, and who called it.
  return sites[2] === undefined ? '' : ` at ${sites[2]}`;
}
