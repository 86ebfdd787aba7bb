/** What the compiler has to say about the verbs. Nothing of this runs. */
import { NEVER, of, type Observable } from 'rxjs';
import { ApplicationError } from '../../lib/errors.ts';
import type { CallFlow, StreamedResult } from '../../lib/session/call-stream.ts';
import {
  result, type CallAnswer, type CallOptions, type CallProgress, type CallResult, type GapSignal, type Invocation, type Publication, type Registration, type TopicEvent, type TopicSignal,
} from '../../lib/session/options.ts';
import type { TopicSubject } from '../../lib/session/verb-types.ts';
import type { Peer } from '../../lib/session/verbs.ts';
import type { Session } from '../../lib/session/session.ts';
import type { Dict, List, Payload, PayloadInput } from '../../lib/types.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Emitted<O> = O extends Observable<infer T> ? T : never;
const holds = <T extends true>(): T | undefined => undefined;
const same = <A>() => <B>(_: B, ..._same: Same<A, Emitted<B>> extends true ? [] : [never]): void => {};

declare const peer: Peer;
declare const session: Session;
declare const progress: boolean;
export const speaks: Peer = session;

// call: what it emits follows from the type arguments and from the option `progress`.
same<CallResult>()(peer.call('com.x'));
same<CallResult>()(peer.call('com.x', [1], { timeout: 100 }));
same<CallResult>()(peer.call('com.x', [1], { progress: false }));
same<CallProgress | CallResult>()(peer.call('com.x', [1], { progress: true }));
same<CallResult<number>>()(peer.call<number>('com.x'));
same<CallResult<number>>()(peer.call<number>('com.x', [], { timeout: 100 }));
same<CallResult<number>>()(peer.call<number>('com.x', [], { progress: false }));
same<CallProgress<string> | CallResult<number>>()(peer.call<number, string>('com.x', [], { progress: true }));
same<CallProgress<string> | CallResult<number>>()(session.call<number, string>('com.x', [], { progress: true, timeout: 1 }));
// @ts-expect-error: the result type would lie about the progressive results
peer.call<number>('com.x', [], { progress: true });
// @ts-expect-error: the same where it is decided while it runs
peer.call<number>('com.x', [], { progress });
// @ts-expect-error: the progressive results have a type, and are not asked for
peer.call<number, string>('com.x', [], { timeout: 1 });
// @ts-expect-error: there is no such option
peer.call('com.x', [], { timeOut: 1 });
// @ts-expect-error: there is no such mode
peer.call('com.x', [], { cancelMode: 'stop' });
// call with an input: an Observable of payloads in the place of the payload.
declare const input$: Observable<PayloadInput>;
same<CallResult<number>>()(peer.call<number>('com.x', input$));
same<CallProgress<string> | CallResult<number>>()(peer.call<number, string>('com.x', input$, { progress: true }));
same<CallResult>()(peer.call('com.x', of([1], { kwargs: { b: 2 } }), { deadline: 5, includeQueue: true, offline: 'fail', routerTimeout: 's', signal: AbortSignal.abort() }));
// @ts-expect-error: its values are payloads
peer.call('com.x', of('text'));
// @ts-expect-error: events have no input
peer.publish('com.x', input$);
peer.register('com.x', ({ input$: more$ }: Invocation) => { same<Payload>()(more$); });

// callStream: progressive results, the final one, and who bounds them.
same<StreamedResult<number, string>>()(peer.callStream<number, string>('com.x', [1], { credit: 4 }));
same<StreamedResult>()(peer.callStream('com.x'));
peer.callStream<number, string>('com.x', [], { credit: 4, overflow: 'latest', timeout: 5, process: (streamed) => { holds<Same<typeof streamed, StreamedResult<number, string>>>(); return []; } });
export async function reads(): Promise<void> {
  for await (const { progress: is, args: [value], details: { flow } } of peer.callStream<number, string>('com.x')) {
    holds<Same<typeof is, boolean>>();
    holds<Same<typeof value, number | string>>();
    holds<Same<typeof flow, CallFlow>>();
  }
}
// @ts-expect-error: it always asks for progress
peer.callStream('com.x', [], { progress: false });
// @ts-expect-error: credit is a number
peer.callStream('com.x', [], { credit: 'much' });

export const options: CallOptions = { timeout: undefined, deadline: undefined, includeQueue: undefined, signal: undefined, offline: undefined, routerTimeout: undefined, progress: undefined, cancelMode: undefined, discloseMe: undefined };

// Results are told apart by `progress`.
declare const answer: CallProgress<string> | CallResult<number>;
export const told: string | number = answer.progress ? answer.args[0].toUpperCase() : answer.args[0].toFixed();
// @ts-expect-error: it is not known yet which of the two it is
export const untold: number = answer.args[0].toFixed();
holds<Same<CallResult<number>['args'], readonly [number, ...List]>>();
holds<Same<CallResult<unknown, readonly [a: number, b: string], { unit: string }>['kwargs'], { unit: string }>>();
holds<Same<CallResult['args'][0], unknown>>();

// topic: arguments by type argument, or the holes of a template by its text.
same<TopicEvent<List, Dict, { readonly [name: string]: never }>>()(peer.topic('com.x'));
peer.topic<[number]>('com.x').subscribe(({ args: [value], kwargs }) => {
  holds<Same<typeof value, number>>();
  holds<Same<typeof kwargs, Dict>>();
});
peer.topic<[number, string], { unit: string }>('com.x').subscribe(({ args: [, text], kwargs: { unit } }) => {
  holds<Same<typeof text, string>>();
  holds<Same<typeof unit, string>>();
});
peer.topic('com.shop.product.<product:int>.<part>.price').subscribe(({ params }) => {
  holds<Same<typeof params, { readonly product: number; readonly part: string }>>();
  // @ts-expect-error: there is no such hole
  void params.price;
});
peer.topic('com.x' as string).subscribe(({ params }) => { holds<Same<typeof params, { readonly [name: string]: string | number | boolean | null }>>(); });
// @ts-expect-error: the topic has one argument
peer.topic<[number]>('com.x').subscribe(({ args: [, second] }) => second);
// @ts-expect-error: there is no such match
peer.topic('com.x', { match: 'regex' });

// topicStatus: signals are told apart by `kind`.
same<TopicSignal<[number], Dict, { readonly [name: string]: string | number | boolean | null }>>()(peer.topicStatus<[number]>('com.x'));
peer.topicStatus('com.<id:int>').subscribe((signal) => {
  switch (signal.kind) {
    case 'event': return void holds<Same<typeof signal.event.params.id, number>>();
    case 'subscribed': return void holds<Same<typeof signal.subscription, number>>();
    case 'suspended': return void holds<Same<typeof signal.cause, unknown>>();
    case 'recovered': return void holds<Same<typeof signal.count, number>>();
    case 'gap': return void holds<Same<typeof signal.from, number | undefined>>();
  }
});

// Options of topics: what is done about what was missed.
for (const recover of ['off', 'history', {}, { limit: 10, maxHold: undefined }, undefined] as const) peer.topic('com.x', { recover });
for (const onGap of ['notify', 'error', ({ reason }: GapSignal) => (reason === 'off' ? NEVER : peer.topic('com.y'))] as const) peer.topicStatus('com.x', { onGap });
peer.topic('com.x', { retained: true, retainedKey: ({ args: [version] }) => version, requireJoined: true, grace: 0 }).subscribe(({ retained, recovered }) => {
  holds<Same<typeof retained, boolean>>();
  holds<Same<typeof recovered, boolean>>();
});
// @ts-expect-error: there is no such bound
peer.topic('com.x', { recover: { pages: 1 } });
// @ts-expect-error: there is no such rule
peer.topic('com.x', { onGap: 'ignore' });
// @ts-expect-error: what is put in place of a gap are events
peer.topic('com.x', { onGap: () => of(1) });

// register: the invocation by type arguments or by the template; the answer may be anything.
same<Registration>()(peer.register('com.x', () => 1));
peer.register<[a: number, b: number]>('com.add', ({ args: [a, b] }) => a + b);
peer.register('com.product.<id:int>.get', ({ params, signal }) => {
  holds<Same<typeof params.id, number>>();
  return fetch(String(params.id), { signal });
});
peer.register('com.x', async function* ({ args }) { yield args[0]; return 1; });
peer.register('com.x', ({ args }) => result(args, { count: args.length }));
export const procedure = ({ args: [name] }: Invocation<[name: string]>): string => name;
peer.register<[name: string]>('com.x', procedure);
// @ts-expect-error: there is no such argument
peer.register<[number]>('com.x', ({ args: [, second] }) => second);
// @ts-expect-error: a procedure is a function
peer.register('com.x', 1);
peer.register('com.x', () => 1, { strategy: 'concat', key: ({ caller }) => caller, concurrency: 4, queue: 10, onLoss: 'finish', takeover: true, staleSessionTimeout: 0 });
peer.register('com.x', () => 1, { strategy: undefined, key: undefined, concurrency: undefined, queue: undefined, onLoss: undefined, takeover: undefined });
// @ts-expect-error: there is no such strategy
peer.register('com.x', () => 1, { strategy: 'parallel' });
// @ts-expect-error: a key is told of an invocation
peer.register('com.x', () => 1, { strategy: 'concat', key: 'caller' });
// @ts-expect-error: there is no such choice
peer.register('com.x', () => 1, { onLoss: 'drain' });
// What is called within an invocation is typed as what is called outside.
peer.register('com.x', ({ call, publish, deadline }) => {
  holds<Same<typeof deadline, number | undefined>>();
  same<CallResult<number>>()(call<number>('com.y'));
  same<CallProgress | CallResult>()(call('com.y', [1], { progress: true }));
  same<Publication>()(publish('com.t', [1]));
  // @ts-expect-error: the progressive results have a type, and are not asked for
  call<number, string>('com.y', [], { timeout: 1 });
});
holds<Same<ReturnType<typeof pair>, CallAnswer<readonly [1, 'b'], { readonly c: true }>>>();
const pair = () => result([1, 'b'], { c: true });

// publish: a payload is a list, or its parts by name, and whatever has arrived is one.
declare const event: TopicEvent;
declare const called: CallResult;
declare const invocation: Invocation;
same<Publication>()(peer.publish('com.x'));
for (const payload of [[], [1, 'a'], { args: [1] }, { kwargs: { a: 1 } }, { args: undefined, kwargs: undefined }] satisfies PayloadInput[]) peer.publish('com.x', payload);
for (const payload of [event, called, invocation, new ApplicationError('com.no')] satisfies Payload[]) peer.publish('com.x', payload);
// @ts-expect-error: a bare dictionary is no payload
peer.publish('com.x', { price: 1 });
// @ts-expect-error: a value is no payload
peer.publish('com.x', 'text');
// @ts-expect-error: a promise is no payload
peer.publish('com.x', Promise.resolve([1]));
// @ts-expect-error: ids are numbers
peer.publish('com.x', [], { eligible: ['peter'] });

// subject: both in one, with one type.
export const subject: TopicSubject<[number]> = peer.subject<[number]>('com.x');
subject.next([1]);
subject.next({ args: [1], kwargs: { note: 'x' } });
// @ts-expect-error: the argument is a number
subject.next(['1']);
// @ts-expect-error: the argument is missing
subject.next([]);
export const strict: TopicSubject<[], { unit: string }> = peer.subject<[], { unit: string }>('com.x');
strict.next({ kwargs: { unit: 'm' } });
// @ts-expect-error: a list has no place for the keyword argument that is required
strict.next([]);

/** What is expected of the result does not decide what was asked for. */
export function expectedElsewhere(peer: Peer): void {
  const takes = (results: Observable<CallResult>): void => void results;
  takes(peer.call('com.x'));
  const results: Observable<CallResult<number>> = peer.call<number>('com.x', [1]);
  takes(results);
}
