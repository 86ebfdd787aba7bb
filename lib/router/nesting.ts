import type { Message } from '../protocol/messages.ts';
import { MAX_DEPTH } from '../serializers/plain.ts';

/** Levels of lists and dictionaries that the serializers read, the message itself being the first. */
export const MOST_NESTING: number = MAX_DEPTH;

type Holder = Pick<Message, 'type'> & { readonly [K in 'options' | 'details' | 'extra' | 'args' | 'kwargs']?: unknown };

/** Whether a message has more levels than so many. What the serializers read is never deeper than {@link MOST_NESTING}, and not looked at for it. */
export function isNestedDeeper(message: Message, most: number): boolean {
  if (most >= MOST_NESTING) return false;
  const { options, details, extra, args, kwargs }: Holder = message;
  const rest = most - 1;
  return isDeeper(args, rest) || isDeeper(kwargs, rest) || isDeeper(options, rest) || isDeeper(details, rest) || isDeeper(extra, rest);
}

// It goes no further down than is allowed, so its own depth is bounded.
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((item) => isDeeper(item, levels - 1));
  return Object.values(value).some((item) => isDeeper(item, levels - 1));
}
