/** What the compiler has to say about verbs whose type arguments are type parameters of somebody's function. Nothing of this runs. */
import { map, type Observable } from 'rxjs';
import { z } from 'zod';
import { createClient, defineApi, type CallResult, type Client, type Dict, type List, type NoApi, type Peer, type Session, type StreamedResult, type TopicEvent } from '../../lib/node.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(): T | undefined => undefined;

export function valuesOf<V>(peer: Peer, uri: string): Observable<V> {
  return peer.topic<[V]>(uri).pipe(map(({ args: [value] }) => value));
}
export function eventsOf<A extends List, K extends Dict>(session: Session<NoApi>): Observable<TopicEvent<A, K>> {
  return session.topic<A, K>('com.x');
}
export function signalsOf<V>(client: Client<NoApi>): void {
  client.topicStatus<[V]>('com.x').subscribe((signal) => {
    if (signal.kind === 'event') holds<Same<typeof signal.event.args, [V]>>();
  });
}
export function resultOf<V>(peer: Peer): Observable<V> {
  return peer.call<V>('com.x', [1], { timeout: 100 }).pipe(map(({ args: [value] }) => value));
}
export function finalOf<V>(client: Client<NoApi>): Observable<CallResult<V>> {
  return client.call<V>('com.x');
}
export function streamOf<G, R>(client: Client<NoApi>): Observable<StreamedResult<G, R>> {
  return client.callStream<G, R>('com.x', [], { credit: 4, process: ({ args: [value] }) => { holds<Same<typeof value, G | R>>(); return []; } });
}
export function registered<V>(peer: Peer, answer: (value: V) => unknown): void {
  peer.register<[V]>('com.x', ({ args: [value] }) => answer(value));
}
export function published<V>(peer: Peer, value: V): void {
  peer.publish<[V]>('com.x', [value]);
  peer.subject<[V]>('com.x').next([value]);
  // @ts-expect-error: the value is missing
  peer.publish<[V]>('com.x', []);
}

// Where a contract is known a type argument goes before it all the same.
const shop = createClient({ url: 'ws://localhost', realm: 'shop', api: defineApi({ topics: { 'com.price': { args: z.tuple([z.number()]) } } }) });
export function pricesOf<V>(): Observable<V> {
  return shop.topic<[V]>('com.price').pipe(map(({ args: [value] }) => value));
}

// Whether there is progress is decided by the type argument for it, which a type parameter does not tell: callStream has nothing to decide.
export function progressOf<G, R>(client: Client<NoApi>): Observable<G | R> {
  // @ts-expect-error: whether options must say `progress: true` is not known
  client.call<R, G>('com.x', [], { progress: true });
  return client.callStream<G, R>('com.x').pipe(map(({ args: [value] }) => value));
}
