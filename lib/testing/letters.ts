import type { ObservableNotification } from 'rxjs';
import { alike } from './alike.ts';
import { showValue } from './show-value.ts';
import { isMessage } from './show-wamp.ts';

/** A notification and when it came. */
export interface TimedNotification {
  /** Milliseconds. */
  readonly frame: number;
  readonly notification: ObservableNotification<unknown>;
  /** Its letter in the diagram that a test has drawn. */
  readonly letter?: string | undefined;
}

/** What a letter stands for. */
interface Entry {
  readonly letter: string;
  readonly value: unknown;
}

const POOL: readonly string[] = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZαβγδεζηθικλμνξοπρστυφχψω'.split('');
/** For what comes when there are no more. */
const NONE_LEFT = '?';
/** What means something else in a diagram. */
const SIGNS: ReadonlySet<string> = new Set([' ', '-', '|', '#', '(', ')', '^', '!', NONE_LEFT]);

/**
 * The letters of a diagram: those that the test has drawn, and others that it has not for values that it does not expect. Values that are
 * alike have the same letter.
 */
export class Letters {
  readonly #entries: Entry[] = [];
  readonly #taken = new Set(SIGNS);

  constructor(drawn: readonly TimedNotification[]) {
    for (const { letter, notification } of drawn) {
      if (letter === undefined || notification.kind !== 'N' || this.#taken.has(letter)) continue;
      this.#enter(letter, notification.value);
    }
  }

  /** The sign of a notification; `near` is the letter it has if it is what is expected. */
  signOf({ notification, letter }: TimedNotification, near?: string): string {
    if (notification.kind === 'C') return '|';
    return notification.kind === 'E' ? '#' : letter ?? this.#letterOf(notification.value, near);
  }

  /** A line that says what a letter stands for; `undefined` where that is the letter itself. */
  legend(letter: string): string | undefined {
    const entry = this.#entries.find((candidate) => candidate.letter === letter);
    if (entry === undefined) return 'others';
    return entry.value === letter ? undefined : showValue(entry.value);
  }

  #letterOf(value: unknown, near: string | undefined): string {
    const nearest = this.#entries.find(({ letter }) => letter === near);
    if (nearest !== undefined && alike(value, nearest.value)) return nearest.letter;
    return (this.#entries.find((entry) => alike(value, entry.value)) ?? this.#enter(this.#freshFor(value), value)).letter;
  }

  #enter(letter: string, value: unknown): Entry {
    const entry = { letter, value };
    if (letter === NONE_LEFT) return entry;
    this.#entries.push(entry);
    this.#taken.add(letter);
    return entry;
  }

  #freshFor(value: unknown): string {
    return [...namesOf(value), ...POOL].find((letter) => !this.#taken.has(letter)) ?? NONE_LEFT;
  }
}

/** Letters that a reader would guess: a letter is itself, a message begins with one. */
function namesOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return /^.$/su.test(value) ? [value] : [];
  if (!isMessage(value)) return [];
  const initial = showValue(value).charAt(0);
  return [initial.toLowerCase(), initial];
}
