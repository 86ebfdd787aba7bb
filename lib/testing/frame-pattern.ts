import { isDict } from '../protocol/fields.ts';
import type { Message } from '../protocol/messages.ts';
import type { Dict } from '../types.ts';
import { differences, type AsymmetricMatcher, type Difference } from './alike.ts';
import { matchesMessage, type MessagePattern } from './builders.ts';
import { showMessage } from './show-message.ts';

const EMPTY: Dict = { args: [], kwargs: {}, options: {}, details: {}, extra: {} };

/** A pattern of a message where a value of a diagram stands. */
export class FramePattern implements AsymmetricMatcher {
  readonly #pattern: MessagePattern;

  constructor(pattern: MessagePattern) {
    this.#pattern = pattern;
  }

  asymmetricMatch(other: unknown): boolean {
    return matchesMessage(other as Message, this.#pattern);
  }

  /** The parts of a message of the same type that are not as the pattern has them; none for another type. */
  differences(other: unknown, limit: number): readonly Difference[] {
    const { type, ...pattern } = this.#pattern;
    if (!isDict(other) || other['type'] !== type) return [];
    const fields = Object.entries(pattern).filter(([, expected]) => expected !== undefined);
    return differences(Object.fromEntries(fields.map(([field, expected]) => [field, asked(field, other[field], expected)])), Object.fromEntries(fields), limit);
  }

  toString(): string {
    return showMessage(this.#pattern);
  }
}

/** What the pattern asks for, of a field of the message. */
function asked(field: string, actual: unknown, expected: unknown): unknown {
  const value = actual ?? EMPTY[field];
  if (!['options', 'details', 'extra'].includes(field) || !isDict(expected) || !isDict(value)) return value;
  return Object.fromEntries(Object.keys(expected).filter((key) => Object.hasOwn(value, key)).map((key) => [key, value[key]]));
}
