/** What the compiler has to say about the operators. Nothing of this runs. */
import { EMPTY, Subject, catchError, filter, map, of, pipe, type Observable } from 'rxjs';
import type { ApplicationError } from '../../lib/errors.ts';
import { bufferOverflow, type Overflow } from '../../lib/operators/buffer-overflow.ts';
import { conflate } from '../../lib/operators/conflate.ts';
import { detectGaps, type SequenceSignal } from '../../lib/operators/detect-gaps.ts';
import { holdWhile } from '../../lib/operators/hold-while.ts';
import { arg, kwarg, payload } from '../../lib/operators/payload.ts';
import { processEach } from '../../lib/operators/process-each.ts';
import { progressOf } from '../../lib/operators/progress-of.ts';
import { rateLimit } from '../../lib/operators/rate-limit.ts';
import { toAsyncIterable } from '../../lib/operators/to-async-iterable.ts';
import { toState, type StateObservable } from '../../lib/operators/to-state.ts';
import type { CallProgress, CallResult, Invocation, TopicEvent } from '../../lib/session/options.ts';
import type { Peer } from '../../lib/session/verbs.ts';
import type { Dict, List, Payload } from '../../lib/types.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Emitted<O> = O extends Observable<infer T> ? T : never;
const same = <A>() => <B>(_: B, ..._same: Same<A, Emitted<B>> extends true ? [] : [never]): void => {};
const is = <A>() => <B>(_: B, ..._same: Same<A, B> extends true ? [] : [never]): void => {};

interface Tick {
  readonly at: number;
}

declare const peer: Peer;
declare const ticks$: Observable<Tick>;
declare const offline$: Observable<boolean>;
declare const rule: Overflow;
declare const index: number;

// bufferOverflow, holdWhile, rateLimit, conflate: what comes out is what goes in, and the report knows what that is.
same<Tick>()(ticks$.pipe(bufferOverflow()));
same<Tick>()(ticks$.pipe(bufferOverflow({ limit: 1, overflow: rule, report: ({ value, reason, count }) => { is<{ at: number; reason: Overflow; count: number }>()({ at: value.at, reason, count }); } })));
same<Tick>()(ticks$.pipe(holdWhile(offline$, { report: ({ value }) => { is<Tick>()(value); } }), map((tick) => tick)));
same<Tick>()(ticks$.pipe(rateLimit(1, 1000, { limit: undefined, overflow: undefined, report: undefined, scheduler: undefined })));
same<Tick>()(ticks$.pipe(conflate()));
same<Tick>()(ticks$.pipe(conflate((a, b) => (a.at > b.at ? a : b))));
// @ts-expect-error: there is no such rule
bufferOverflow({ overflow: 'dropAll' });
// @ts-expect-error: nor such an option
bufferOverflow({ size: 3 });
// @ts-expect-error: a bound is needed
holdWhile();
// @ts-expect-error: that says when, but not whether
holdWhile(of('offline'));
// @ts-expect-error: so many, but in which time
rateLimit(10);
// @ts-expect-error: what is made of two values has to be a value
ticks$.pipe(conflate((a, b) => a.at + b.at));

// processEach: what the work emits, whatever kind it is of.
same<string>()(ticks$.pipe(processEach(({ at }, nth) => of(`${at + nth}`))));
same<string>()(ticks$.pipe(processEach(async ({ at }) => await Promise.resolve(`${at}`), { concurrency: 2, limit: 1, report: ({ value }) => { is<Tick>()(value); } })));
same<number | string>()(ticks$.pipe(processEach(({ at }) => (at > 1 ? of(1) : of('1')))));
// @ts-expect-error: a number is no work
ticks$.pipe(processEach(({ at }) => at));

// toAsyncIterable: not in a method's pipe, which has nothing but Observables.
is<AsyncIterable<Tick>>()(toAsyncIterable({ limit: 3, overflow: 'latest', report: ({ count }) => { is<number>()(count); } })(ticks$));
is<AsyncIterable<number>>()(pipe(map(({ at }: Tick) => at), toAsyncIterable())(ticks$));
// @ts-expect-error: an AsyncIterable is no Observable
ticks$.pipe(toAsyncIterable());

// detectGaps: signals, or bare values and an error.
same<SequenceSignal<Tick>>()(ticks$.pipe(detectGaps(({ at }) => at)));
same<SequenceSignal<Tick>>()(ticks$.pipe(detectGaps(({ at }) => at, { onGap: 'notify' })));
same<Tick>()(ticks$.pipe(detectGaps(({ at }) => at, { onGap: 'error' })));
same<SequenceSignal<TopicEvent<List, Dict, { readonly [name: string]: never }>>>()(peer.topic('com.x').pipe(detectGaps(({ kwargs }) => kwargs['seq'])));
same<number | undefined>()(ticks$.pipe(
  detectGaps(({ at }) => at),
  filter((signal) => signal.kind === 'gap'),
  map(({ missed }) => missed),
));
// @ts-expect-error: ignoring gaps needs no operator
ticks$.pipe(detectGaps(({ at }) => at, { onGap: 'ignore' }));

// toState: in a pipe an Observable; applied, one with the current state.
same<number>()(ticks$.pipe(toState((sum, { at }) => sum + at, 0)));
is<StateObservable<number>>()(toState((sum: number, { at }: Tick) => sum + at, 0)(ticks$));
is<StateObservable<number>>()(pipe(filter(({ at }: Tick) => at > 0), toState((sum: number, { at }) => sum + at, 0))(ticks$));
is<readonly Tick[]>()(toState((all: readonly Tick[], tick: Tick): readonly Tick[] => [...all, tick], [])(ticks$).value);
// @ts-expect-error: the state is to be read
toState((sum: number, { at }: Tick) => sum + at, 0)(ticks$).value = 1;
// @ts-expect-error: the seed is a state
toState((sum: number, { at }: Tick) => sum + at, '0')(ticks$);

// arg, kwarg, payload: typed by what is known of the payload.
declare const prices$: Observable<TopicEvent<[price: number, unit?: string], { readonly venue: string; readonly depth?: number }>>;
same<number>()(prices$.pipe(arg(0)));
same<string | undefined>()(prices$.pipe(arg(1)));
same<undefined>()(prices$.pipe(arg(2)));
same<number | string | undefined>()(prices$.pipe(arg(index)));
same<string>()(prices$.pipe(kwarg('venue')));
same<number | undefined>()(prices$.pipe(kwarg('depth')));
same<undefined>()(prices$.pipe(kwarg('volume')));
same<Payload<[price: number, unit?: string], { readonly venue: string; readonly depth?: number }>>()(prices$.pipe(payload()));
same<string>()(prices$.pipe(filter(({ args: [price] }) => price > 0), arg(0), map((price) => price.toFixed(2))));
same<unknown>()(peer.topic('com.x').pipe(arg(0)));
same<unknown>()(peer.topic('com.x').pipe(kwarg('unit')));
same<Payload>()(peer.topic('com.x').pipe(payload()));
same<number>()(peer.call<number>('com.x').pipe(arg(0)));
same<unknown>()(peer.call<number>('com.x').pipe(arg(1)));
same<number | string>()(peer.call<number, string>('com.x', [], { progress: true }).pipe(arg(0)));
same<number | undefined>()(of({ args: [1, 2] }).pipe(arg(0)));
same<boolean>()(new Subject<Invocation<[boolean]>>().pipe(arg(0)));
same<string>()(new Subject<ApplicationError<[reason: string]>>().pipe(arg(0)));
// What is taken out can be handed on.
peer.topic('com.x').pipe(payload(), processEach((news) => peer.publish('com.y', news)), catchError(() => EMPTY)).subscribe();
// @ts-expect-error: there is nothing to take it from
ticks$.pipe(arg(0));
// @ts-expect-error: a position is a number
arg('0');
// @ts-expect-error: there are arguments, but none by name
of({ args: [1] }).pipe(kwarg('unit'));

// progressOf: each function gets its half.
const printing$ = peer.call<string, number>('com.print', [], { progress: true });
same<string>()(printing$.pipe(progressOf({ bar: ({ args: [page] }) => page.toFixed(), done: ({ args: [file] }) => file.toUpperCase() })));
same<number | string>()(printing$.pipe(progressOf({ bar: ({ args: [page] }) => page, done: ({ args: [file] }) => file })));
same<number>()(printing$.pipe(progressOf({ bar: ({ args: [page] }) => page })));
same<string>()(printing$.pipe(progressOf({ done: ({ args: [file] }) => file })));
same<CallProgress<number> | CallResult<string>>()(printing$.pipe(progressOf({ bar: (progress) => progress, done: (result) => result })));
same<boolean>()(of({ progress: index > 1, args: [] }).pipe(progressOf({ done: ({ progress }) => !progress })));
// @ts-expect-error: the progressive results are numbers
printing$.pipe(progressOf({ bar: ({ args: [page] }) => page.toUpperCase() }));
// @ts-expect-error: there is no such half
printing$.pipe(progressOf({ half: () => 1 }));
// @ts-expect-error: there is nothing to tell progress by
ticks$.pipe(progressOf({ done: () => 1 }));
