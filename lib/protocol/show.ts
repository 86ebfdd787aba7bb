const LONGEST = 40;

/**
 * A value in a few words, for the end of an error message: `got "7"`.
 *
 * Error messages are made of hostile input, so this neither throws (as JSON.stringify does on bigints and cycles, and String on null
 * prototypes) nor grows with the value.
 */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value);
    case 'number':
    case 'boolean':
      return String(value);
    case 'undefined':
      return 'nothing';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return 'a list';
      return value instanceof Uint8Array ? 'bytes' : 'an object';
    case 'bigint':
    case 'function':
    case 'symbol':
      return `a ${typeof value}`;
  }
}
