import { show } from '../protocol/fields.ts';
import type { Uri } from '../types.ts';
import { checkDuration, checkOneOf } from './checks.ts';
import type { Sink } from './direct-observable.ts';
import type { RecoverOptions, TopicOptions } from './options.ts';
import { readPattern, type Pattern } from './pattern.ts';
import type { RecoverBounds } from './topic-observer.ts';

/** A topic that was read and found right. */
export interface TopicRequest extends Pattern {
  readonly uri: Uri;
  readonly grace: number | undefined;
  /** Reads its events by its contract. Absent where that says nothing of them. */
  readonly read: ReadEvents | undefined;
  /** What goes beyond handing on events. Absent where nothing does. */
  readonly care: TopicCare | undefined;
}

/** Gives what stands before `sink` and hands on what can be read, before the options, and whoever subscribed, see any of it. */
export type ReadEvents = (sink: Sink<never>, kind: 'events' | 'signals') => Sink<never>;

/** Options of a topic that few ask for. */
export interface TopicCare extends Pick<TopicOptions, 'onGap' | 'retainedKey'> {
  readonly recover: RecoverBounds | undefined;
  readonly retained: boolean;
  readonly requireJoined: boolean;
}

const NO_OPTIONS: TopicOptions = {};

/** Events that may be asked for at a time, or held. */
const MAX_COUNT = 1_000_000;

/** Reads what a user passed to `topic`. Throws InvalidUriError, RangeError or TypeError. */
export function readTopic(uri: Uri, options: TopicOptions = NO_OPTIONS, read?: ReadEvents): TopicRequest {
  const { pattern, match, template } = readPattern(uri, options.match, 'topic');
  checkDuration(options.grace, 'grace');
  const care = options === NO_OPTIONS ? undefined : readCare(options);
  return { uri, pattern, match, template: match === 'wildcard' ? template : undefined, grace: options.grace, read, care };
}

function readCare({ recover: asked, onGap, retained = false, retainedKey, requireJoined = false }: TopicOptions): TopicCare | undefined {
  const recover = readRecover(asked);
  if (typeof onGap !== 'function') checkOneOf(onGap, ['notify', 'error'], 'onGap');
  if (retainedKey !== undefined && typeof retainedKey !== 'function') throw new TypeError(`retainedKey must be a function, got ${show(retainedKey)}`);
  const isPlain = recover === undefined && (onGap === undefined || onGap === 'notify') && !retained && retainedKey === undefined && !requireJoined;
  return isPlain ? undefined : { recover, onGap, retained, retainedKey, requireJoined };
}

function readRecover(asked: 'off' | 'history' | RecoverOptions | undefined): RecoverBounds | undefined {
  if (typeof asked !== 'object' || asked === null) checkOneOf(asked, ['off', 'history'], 'recover');
  if (asked === undefined || asked === 'off') return undefined;
  const { limit = 100, maxHold = 1000, timeout = 10_000 } = asked === 'history' ? {} : asked;
  checkBound(limit, 'recover.limit');
  checkBound(maxHold, 'recover.maxHold');
  checkDuration(timeout, 'recover.timeout');
  return { limit, maxHold, timeout };
}

function checkBound(value: number, name: string): void {
  if (!(Number.isInteger(value) && value >= 1 && value <= MAX_COUNT)) throw new RangeError(`${name} must be a whole number from 1 to ${MAX_COUNT}, got ${show(value)}`);
}
