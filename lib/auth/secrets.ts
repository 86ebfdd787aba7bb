import { randomBytes } from '../crypto/bytes.ts';

/** Letters and digits that nobody takes for one another: no 0 and O, 1 and I and L, 2 and Z, 5 and S, 8 and B, U and V. */
export const UNMISTAKABLE = '34679ACDEFGHJKMNPQRTVWXY';

/** Letters, both cases, and digits. */
export const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Options of {@link randomCode}. */
export interface CodeOptions {
  /** Groups of characters. @default 3 */
  readonly groups?: number | undefined;
  /** Characters in each group. @default 4 */
  readonly length?: number | undefined;
  /** What stands between the groups. @default '-' */
  readonly separator?: string | undefined;
  /** From 2 to 256 characters, none of them twice. @default UNMISTAKABLE */
  readonly alphabet?: string | undefined;
}

/**
 * A code of random characters in groups, each character as likely as any other. By default it has 55 bits: enough where attempts are
 * counted. Throws RangeError over options.
 *
 * ```ts
 * const code = randomCode(); // such as 'W97F-96MJ-YGJK'
 * ```
 */
export function randomCode({ groups = 3, length = 4, separator = '-', alphabet = UNMISTAKABLE }: CodeOptions = {}): string {
  assertWhole(groups, 'groups');
  assertWhole(length, 'length');
  const characters = Array.from(alphabet);
  if (characters.length < 2 || characters.length > 256 || new Set(characters).size < characters.length) {
    throw new RangeError(`alphabet must have from 2 to 256 different characters, got ${characters.length}`);
  }
  const drawn = draw(groups * length, characters);
  return Array.from({ length: groups }, (_, group) => drawn.slice(group * length, (group + 1) * length).join('')).join(separator);
}

/** A secret of letters and digits, for WAMP-CRA or a ticket. 14 of them have 83 bits. @param length from 1 */
export function randomSecret(length: number = 14): string {
  return randomCode({ groups: 1, length, alphabet: ALPHANUMERIC });
}

/** A code that a person types once: three groups of four, 55 bits. */
export function activationCode(): string {
  return randomCode();
}

/** A number for a device or a licence: six groups of four, 110 bits. */
export function serialNumber(): string {
  return randomCode({ groups: 6 });
}

function assertWhole(value: number, name: string): void {
  if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} must be an integer from 1, got ${value}`);
}

// A byte beyond the last whole multiple of the alphabet is drawn again: its remainder would favour the first characters.
function draw(count: number, characters: readonly string[]): readonly string[] {
  const end = 256 - (256 % characters.length);
  const drawn: string[] = [];
  while (drawn.length < count) {
    for (const byte of randomBytes(64)) {
      if (byte < end && drawn.length < count) drawn.push(characters[byte % characters.length]!);
    }
  }
  return drawn;
}
