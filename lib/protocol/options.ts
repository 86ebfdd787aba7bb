/**
 * The options of requests: ours in camelCase, the wire's in snake_case. The wire's names stand in this file and nowhere else.
 *
 * Readers take what a peer sent: an unknown key is ignored, `null` is absent, a value of the wrong type is a {@link ProtocolError}.
 * Writers leave out what is `undefined`. Where nothing is set both give the same frozen object each time, since most requests have no
 * options.
 */
import type { Dict, Id } from '../types.ts';
import { readAttributes, type Attributes } from './attributes.ts';
import { refuse } from './fields.ts';
import { MAX_ID } from './ids.ts';
import { readPassthru, readTransparency } from './payload-passthru.ts';
import type { MatchPolicy } from './uri.ts';

/** `SUBSCRIBE.Options` */
export interface SubscribeOptions {
  /** How topics are compared. Absent: exactly. */
  readonly match?: MatchPolicy | undefined;
  /** Send the retained event at once. */
  readonly getRetained?: boolean | undefined;
  /** Names the node that subscribes: of events with a resource key it gets its share ("Sharded Subscription"). */
  readonly nkey?: string | undefined;
}

/** `PUBLISH.Options` */
export interface PublishOptions {
  /** Wait for the broker's word that it took the event; without it a publication that fails is lost without a word. @default false */
  readonly acknowledge?: boolean | undefined;
  /** Do not send the event back to the publisher, should it be subscribed itself. @default true */
  readonly excludeMe?: boolean | undefined;
  /** Sessions that get no event. */
  readonly exclude?: readonly Id[] | undefined;
  readonly excludeAuthid?: readonly string[] | undefined;
  readonly excludeAuthrole?: readonly string[] | undefined;
  /** The only sessions that get the event; an empty list means nobody. */
  readonly eligible?: readonly Id[] | undefined;
  readonly eligibleAuthid?: readonly string[] | undefined;
  readonly eligibleAuthrole?: readonly string[] | undefined;
  /** Let subscribers see who publishes. @default false */
  readonly discloseMe?: boolean | undefined;
  /** Keep the event for later subscribers of the topic, where the broker can. @default false */
  readonly retain?: boolean | undefined;
  /** Names what the event is about: of subscribers with a node key those of one node get it ("Sharded Subscription"). */
  readonly rkey?: string | undefined;
  /** Attributes of the application's own, which stand in `event.details` where the router hands them on. See {@link Attributes}. */
  readonly attributes?: Attributes | undefined;
}

/** What a message says of a payload that the router does not look into, as it goes into the details of what comes of it. */
export interface OpaquePayload {
  /** "Payload Passthru Mode" */
  readonly passthru?: Dict | undefined;
  /** The older payload transparency. */
  readonly transparency?: Dict | undefined;
}

/** Which of several callees of one procedure gets a call ("Shared Registration"). */
export type InvocationPolicy = 'single' | 'roundrobin' | 'random' | 'first' | 'last';

/** `REGISTER.Options` */
export interface RegisterOptions {
  /** How procedures are compared. Absent: exactly. */
  readonly match?: MatchPolicy | undefined;
  /** Absent: `'single'`, one callee only. */
  readonly invoke?: InvocationPolicy | undefined;
  /** Invocations that may run at one callee at a time. Absent: any number. */
  readonly concurrency?: number | undefined;
  /** Hand the timeouts of calls on to the callee, which keeps them instead of the dealer ("Call Timeouts"). */
  readonly forwardTimeout?: boolean | undefined;
  /** Take the procedure from whoever has it. */
  readonly forceReregister?: boolean | undefined;
  /** Tell the callee who calls. */
  readonly discloseCaller?: boolean | undefined;
  /** Attributes of the application's own. */
  readonly attributes?: Attributes | undefined;
}

/** `CALL.Options` */
export interface CallOptions {
  /** Milliseconds; 0 or absent: no limit. */
  readonly timeout?: number | undefined;
  /** The caller takes progressive results. */
  readonly receiveProgress?: boolean | undefined;
  /** More CALLs with the same id follow (progressive call invocations). */
  readonly progress?: boolean | undefined;
  /** Tell the callee who calls. */
  readonly discloseMe?: boolean | undefined;
  /** Which of several callees get the call, where that is not for the policy of their registration to say ("Sharded Registration"). */
  readonly runmode?: string | undefined;
  /** What the call is about: with the run mode `partition`, calls of the same key go to the same callee. */
  readonly rkey?: string | undefined;
  /** Attributes of the application's own. */
  readonly attributes?: Attributes | undefined;
}

/** What a cancelled call does to the procedure that runs ("Call Canceling"). */
export type CancelMode = 'skip' | 'kill' | 'killnowait';

/** `CANCEL.Options` */
export interface CancelOptions {
  readonly mode?: CancelMode | undefined;
}

/** `YIELD.Options` */
export interface YieldOptions {
  /** More results follow. */
  readonly progress?: boolean | undefined;
}

const MATCH = ['exact', 'prefix', 'wildcard'] as const;
const INVOKE = ['single', 'roundrobin', 'random', 'first', 'last'] as const;
const MODE = ['skip', 'kill', 'killnowait'] as const;

/** Nothing set: whatever is asked of it is `undefined`. */
const NONE: Readonly<Record<never, never>> = Object.freeze({});

/** Reads `SUBSCRIBE.Options`. */
export function readSubscribeOptions(dict: Dict): SubscribeOptions {
  if (isEmpty(dict)) return NONE;
  return {
    match: oneOf(dict, 'match', 'SUBSCRIBE', MATCH),
    getRetained: flag(dict, 'get_retained', 'SUBSCRIBE'),
    nkey: text(dict, 'nkey', 'SUBSCRIBE'),
  };
}

/** Lays out `SUBSCRIBE.Options`. */
export function writeSubscribeOptions({ match, getRetained, nkey }: SubscribeOptions): Dict {
  return present({ match, get_retained: getRetained, nkey });
}

/** Reads `PUBLISH.Options`. */
export function readPublishOptions(dict: Dict): PublishOptions & OpaquePayload {
  if (isEmpty(dict)) return NONE;
  return {
    acknowledge: flag(dict, 'acknowledge', 'PUBLISH'),
    excludeMe: flag(dict, 'exclude_me', 'PUBLISH'),
    exclude: ids(dict, 'exclude', 'PUBLISH'),
    excludeAuthid: strings(dict, 'exclude_authid', 'PUBLISH'),
    excludeAuthrole: strings(dict, 'exclude_authrole', 'PUBLISH'),
    eligible: ids(dict, 'eligible', 'PUBLISH'),
    eligibleAuthid: strings(dict, 'eligible_authid', 'PUBLISH'),
    eligibleAuthrole: strings(dict, 'eligible_authrole', 'PUBLISH'),
    discloseMe: flag(dict, 'disclose_me', 'PUBLISH'),
    retain: flag(dict, 'retain', 'PUBLISH'),
    rkey: text(dict, 'rkey', 'PUBLISH'),
    passthru: readPassthru(dict, 'PUBLISH'),
    transparency: readTransparency(dict, 'PUBLISH'),
    attributes: readAttributes(dict),
  };
}

/** Lays out `PUBLISH.Options`. */
export function writePublishOptions(options: PublishOptions): Dict {
  return present({
    acknowledge: options.acknowledge,
    exclude_me: options.excludeMe,
    exclude: options.exclude,
    exclude_authid: options.excludeAuthid,
    exclude_authrole: options.excludeAuthrole,
    eligible: options.eligible,
    eligible_authid: options.eligibleAuthid,
    eligible_authrole: options.eligibleAuthrole,
    disclose_me: options.discloseMe,
    retain: options.retain,
    rkey: options.rkey,
  }, options.attributes);
}

/** Reads `REGISTER.Options`. */
export function readRegisterOptions(dict: Dict): RegisterOptions {
  if (isEmpty(dict)) return NONE;
  return {
    match: oneOf(dict, 'match', 'REGISTER', MATCH),
    invoke: oneOf(dict, 'invoke', 'REGISTER', INVOKE),
    concurrency: integer(dict, 'concurrency', 'REGISTER', 1),
    forwardTimeout: flag(dict, 'forward_timeout', 'REGISTER'),
    forceReregister: flag(dict, 'force_reregister', 'REGISTER'),
    discloseCaller: flag(dict, 'disclose_caller', 'REGISTER'),
    attributes: readAttributes(dict),
  };
}

/** Lays out `REGISTER.Options`. */
export function writeRegisterOptions(options: RegisterOptions): Dict {
  return present({
    match: options.match,
    invoke: options.invoke,
    concurrency: options.concurrency,
    forward_timeout: options.forwardTimeout,
    force_reregister: options.forceReregister,
    disclose_caller: options.discloseCaller,
  }, options.attributes);
}

/** Reads `CALL.Options`. */
export function readCallOptions(dict: Dict): CallOptions & OpaquePayload {
  if (isEmpty(dict)) return NONE;
  return {
    timeout: integer(dict, 'timeout', 'CALL', 0),
    receiveProgress: flag(dict, 'receive_progress', 'CALL'),
    progress: flag(dict, 'progress', 'CALL'),
    discloseMe: flag(dict, 'disclose_me', 'CALL'),
    runmode: text(dict, 'runmode', 'CALL'),
    rkey: text(dict, 'rkey', 'CALL'),
    passthru: readPassthru(dict, 'CALL'),
    transparency: readTransparency(dict, 'CALL'),
    attributes: readAttributes(dict),
  };
}

/** Lays out `CALL.Options`. */
export function writeCallOptions({ timeout, receiveProgress, progress, discloseMe, runmode, rkey, attributes }: CallOptions): Dict {
  return present({ timeout, receive_progress: receiveProgress, progress, disclose_me: discloseMe, runmode, rkey }, attributes);
}

/** Reads `CANCEL.Options`. */
export function readCancelOptions(dict: Dict): CancelOptions {
  return isEmpty(dict) ? NONE : { mode: oneOf(dict, 'mode', 'CANCEL', MODE) };
}

/** Lays out `CANCEL.Options`. */
export function writeCancelOptions({ mode }: CancelOptions): Dict {
  return present({ mode });
}

/** Reads `YIELD.Options`. */
export function readYieldOptions(dict: Dict): YieldOptions & OpaquePayload {
  if (isEmpty(dict)) return NONE;
  return { progress: flag(dict, 'progress', 'YIELD'), passthru: readPassthru(dict, 'YIELD'), transparency: readTransparency(dict, 'YIELD') };
}

/** Lays out `YIELD.Options`. */
export function writeYieldOptions({ progress }: YieldOptions): Dict {
  return present({ progress });
}

function isEmpty(dict: Dict): boolean {
  for (const key in dict) if (Object.hasOwn(dict, key)) return false;
  return true;
}

/** The options without those that are `undefined`, with attributes behind them. The same frozen object each time where there are none. */
export function present(options: Dict, attributes?: Attributes): Dict {
  const written = add(options, undefined);
  return (attributes === undefined ? written : add(attributes, written)) ?? NONE;
}

function add(options: Dict, to: { [key: string]: unknown } | undefined): { [key: string]: unknown } | undefined {
  let written = to;
  for (const key in options) {
    if (options[key] === undefined) continue;
    written ??= {};
    written[key] = options[key];
  }
  return written;
}

function valueOf(dict: Dict, key: string): unknown {
  return Object.hasOwn(dict, key) ? (dict[key] ?? undefined) : undefined;
}

function flag(dict: Dict, key: string, type: string): boolean | undefined {
  const value = valueOf(dict, key);
  if (value === undefined || typeof value === 'boolean') return value;
  return refuse(`${type}.Options.${key}`, 'a boolean', value);
}

function text(dict: Dict, key: string, type: string): string | undefined {
  const value = valueOf(dict, key);
  if (value === undefined || typeof value === 'string') return value;
  return refuse(`${type}.Options.${key}`, 'a string', value);
}

function integer(dict: Dict, key: string, type: string, least: number): number | undefined {
  const value = valueOf(dict, key);
  if (value === undefined || (isInteger(value) && value >= least)) return value;
  return refuse(`${type}.Options.${key}`, `an integer from ${least}`, value);
}

function oneOf<const C extends string>(dict: Dict, key: string, type: string, choices: readonly C[]): C | undefined {
  const value = valueOf(dict, key);
  if (value === undefined) return undefined;
  return choices.find((choice) => choice === value) ?? refuse(`${type}.Options.${key}`, `one of ${choices.join(', ')}`, value);
}

function ids(dict: Dict, key: string, type: string): readonly Id[] | undefined {
  return listOf(dict, key, type, 'id', (item): item is Id => isInteger(item) && item >= 1 && item <= MAX_ID);
}

function strings(dict: Dict, key: string, type: string): readonly string[] | undefined {
  return listOf(dict, key, type, 'string', (item): item is string => typeof item === 'string');
}

function listOf<T>(dict: Dict, key: string, type: string, noun: string, is: (item: unknown) => item is T): readonly T[] | undefined {
  const value = valueOf(dict, key);
  if (value === undefined) return undefined;
  const name = `${type}.Options.${key}`;
  if (!Array.isArray(value)) return refuse(name, `a list of ${noun}s`, value);
  const stranger: number = value.findIndex((item) => !is(item));
  return stranger < 0 ? value : refuse(`${name}[${stranger}]`, `of type ${noun}`, value[stranger]);
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}
