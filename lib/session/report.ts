/** Where an error goes that nobody is subscribed to: it is shown, and the program goes on. */
export function reportUnhandled(error: unknown): void {
  if (typeof globalThis.reportError === 'function') globalThis.reportError(error);
  else console.error(error);
}
