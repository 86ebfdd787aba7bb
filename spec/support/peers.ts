/** What scenarios do with clients again and again, awaited by what happens and never by time. */
import { ReplaySubject, filter, firstValueFrom, take, toArray, type Observable, type Subscription } from 'rxjs';
import type { Procedure, RegisterOptions, Registration, TopicEvent, TopicOptions } from '../../lib/session/options.ts';
import type { Peer } from '../../lib/session/verbs.ts';
import type { Payload, Uri } from '../../lib/types.ts';

/** The events of a subscription since the router has accepted it. */
export class Listening {
  /** All that came, as far as it came. */
  readonly events: TopicEvent[] = [];
  readonly subscription: Subscription;
  readonly #events = new ReplaySubject<TopicEvent>();

  constructor(source: Observable<TopicEvent>) {
    this.subscription = source.subscribe(this.#events);
    this.#events.subscribe({ next: (event) => this.events.push(event), error: () => {} });
  }

  /** The first so many events, once they are here. */
  first(count: number): Promise<readonly TopicEvent[]> {
    return firstValueFrom(this.#events.pipe(take(count), toArray()));
  }

  /** The first positional arguments of all events up to the one whose is `last`. */
  async until(last: unknown): Promise<readonly unknown[]> {
    await firstValueFrom(this.#events.pipe(filter(({ args }) => args[0] === last)));
    return this.events.map(({ args }) => args[0]);
  }
}

/** Subscribes, and waits until the router has accepted it. */
export async function listening(client: Peer, uri: Uri, options?: TopicOptions): Promise<Listening> {
  const listener = new Listening(client.topic(uri, options) as Observable<TopicEvent>);
  await firstValueFrom(client.topicStatus(uri, options).pipe(filter(({ kind }) => kind === 'subscribed')));
  return listener;
}

/** Registers, and waits until the router has accepted it. */
export async function registered(client: Peer, uri: Uri, procedure: Procedure, options?: RegisterOptions): Promise<Subscription> {
  const registrations = new ReplaySubject<Registration>(1);
  const subscription = client.register(uri, procedure as never, options).subscribe(registrations);
  await firstValueFrom(registrations);
  return subscription;
}

/** The first positional argument of a call's result. */
export async function valueOf(call: Observable<Payload>): Promise<unknown> {
  return (await firstValueFrom(call)).args[0];
}

/** The error of what ought to fail. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then((value) => { throw new Error(`nothing failed, got ${String(value)}`); }, (error: unknown) => error);
}
