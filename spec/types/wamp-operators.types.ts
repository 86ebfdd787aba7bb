/** What the compiler has to say about the operators that know WAMP by shape. Nothing of this runs. */
import { map, of, type Observable } from 'rxjs';
import { callWith } from '../../lib/operators/call-with.ts';
import { liveQuery } from '../../lib/operators/live-query.ts';
import { mergeTopics } from '../../lib/operators/merge-topics.ts';
import { presence, type Presence } from '../../lib/operators/presence.ts';
import { publishTo } from '../../lib/operators/publish-to.ts';
import { retryCall } from '../../lib/operators/retry-call.ts';
import type { CallProgress, CallResult, Publication, TopicEvent } from '../../lib/session/options.ts';
import type { Peer } from '../../lib/session/verbs.ts';
import type { Session } from '../../lib/session/session.ts';
import type { PayloadInput } from '../../lib/types.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Emitted<O> = O extends Observable<infer T> ? T : never;
const same = <A>() => <B>(_: B, ..._same: Same<A, Emitted<B>> extends true ? [] : [never]): void => {};

declare const peer: Peer;
declare const session: Session;
declare const reading$: Observable<[value: number]>;
interface Stock { readonly version: number; readonly items: readonly string[] }

// retryCall: what is called stays what it is, and resume continues with the same.
const progressive = peer.call<number, string>('com.x', [], { progress: true });
same<CallResult<number>>()(peer.call<number>('com.x').pipe(retryCall()));
same<CallResult<number>>()(peer.call<number>('com.x').pipe(retryCall({ attempts: 5, idempotent: true, backoff: { maxDelay: 100 } })));
same<CallProgress<string> | CallResult<number>>()(progressive.pipe(retryCall({
  idempotent: true,
  resume: (last) => peer.call<number, string>('com.x', [last.args[0]], { progress: true }),
})));
// @ts-expect-error: what a call has done behind its last value is not known, so it can be gone on with only where twice is as good as once
progressive.pipe(retryCall({ resume: () => progressive }));
// @ts-expect-error: the same
progressive.pipe(retryCall({ idempotent: false, resume: () => progressive }));
// @ts-expect-error: a call with other results does not continue this one
progressive.pipe(retryCall({ idempotent: true, resume: () => peer.call<boolean>('com.y') }));

// publishTo: payloads in, what the peer emits out.
same<Publication>()(reading$.pipe(publishTo(peer, 'com.x')));
same<Publication>()(reading$.pipe(publishTo(session, 'com.x', { acknowledge: true, window: 4, limit: 10, overflow: 'latest' })));
same<Publication>()(peer.topic('com.x').pipe(publishTo(peer, 'com.y')));
declare const payload$: Observable<PayloadInput>;
same<string>()(payload$.pipe(publishTo({ publish: () => of('done') }, 'com.x')));
reading$.pipe(publishTo(peer, 'com.x', { acknowledge: true, resend: true, report: ({ value: [value], count }) => value + count }));
// @ts-expect-error: a value is no payload
of(1).pipe(publishTo(peer, 'com.x'));
// @ts-expect-error: without acknowledgements nothing tells what was lost
reading$.pipe(publishTo(peer, 'com.x', { resend: true }));
// @ts-expect-error: there is no such rule
reading$.pipe(publishTo(peer, 'com.x', { overflow: 'block' }));

// callWith: payloads in, results out.
export const answered: Observable<CallProgress | CallResult> = reading$.pipe(callWith(peer, 'com.x', { concurrency: 4 }));
same<CallResult<number>>()(reading$.pipe(callWith({ call: (uri, payload) => peer.call<number>(uri, payload, { timeout: 100 }) }, 'com.x')));
// @ts-expect-error: a value is no payload
of(1).pipe(callWith(peer, 'com.x'));

// liveQuery: the state is the snapshot's, the event the topic's.
const snapshot = (): Observable<Stock> => peer.call<Stock>('com.shop.stock').pipe(map(({ args: [stock] }) => stock));
same<Stock>()(liveQuery({
  snapshot,
  topic: peer.topicStatus<[item: string, version: number]>('com.shop.stock.changed'),
  reduce: (stock, { args: [item, version] }) => ({ version, items: [...stock.items, item.toUpperCase()] }),
  versionOf: { state: ({ version }) => version, event: ({ args: [, version] }) => version },
  backoff: { maxAttempts: 3 },
}));
same<number>()(liveQuery({ snapshot: () => of(1), topic: of({ kind: 'subscribed' } as const, { kind: 'event', event: 'a' } as const), reduce: (length, event) => length + event.length }));
// @ts-expect-error: the state behind an event is a state
liveQuery({ snapshot, topic: peer.topicStatus('com.x'), reduce: (stock, event: TopicEvent) => event });
// @ts-expect-error: versions are of one type
liveQuery({ snapshot, topic: peer.topicStatus('com.x'), reduce: (stock) => stock, versionOf: { state: ({ version }) => version, event: () => 'a' } });
// @ts-expect-error: events alone do not tell when they are missing
liveQuery({ snapshot, topic: peer.topic('com.x'), reduce: (stock) => stock });

// presence: a peer is enough.
same<readonly Presence[]>()(presence(peer));
same<readonly Presence[]>()(presence(session, ({ authrole }) => authrole === 'user', { backoff: {}, limit: 10 }));
// @ts-expect-error: there is no such option
presence(peer, undefined, { window: 1 });

// mergeTopics: one of the events.
declare const price$: Observable<TopicEvent<[price: number]>>;
declare const name$: Observable<TopicEvent<[name: string]>>;
declare const several: readonly Observable<TopicEvent>[];
same<TopicEvent<[price: number]> | TopicEvent<[name: string]>>()(mergeTopics(price$, name$));
same<TopicEvent<[price: number]>>()(mergeTopics(price$, price$, { window: 8 }));
same<TopicEvent>()(mergeTopics(...several));
// @ts-expect-error: there is no such option
mergeTopics(price$, { limit: 8 });
// @ts-expect-error: without a publication nothing tells them apart
mergeTopics(price$, of(1));
