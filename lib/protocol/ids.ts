import type { Id } from '../types.ts';

/** The largest id: the last integer up to which doubles hold every integer (2.1.2). */
export const MAX_ID: Id = 2 ** 53;

/**
 * An id of the global scope (sessions, publications): any of 1 to 2^53, all equally likely (2.1.2).
 *
 * @param random gives numbers from 0 up to but without 1; a test passes its own
 */
export function randomId(random: () => number = Math.random): Id {
  return Math.floor(random() * MAX_ID) + 1;
}

/**
 * The ids of one session and direction: 1, 2, 3 and so on, and 1 again after 2^53 (2.1.2).
 *
 * @param last the id that was given out last, where a sequence goes on
 */
export function idSequence(last: Id = MAX_ID): () => Id {
  return () => (last = last === MAX_ID ? 1 : last + 1);
}
