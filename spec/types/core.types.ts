/** What the compiler has to say about the client of `rxwamp/core`. Nothing of this runs. */
import { of, type Observable } from 'rxjs';
import { z } from 'zod';
import {
  createClient, result, ticket,
  type CallOptions, type CallProgress, type CallResult, type Client, type ClientOptions, type Dict, type Invocation, type List, type PayloadInput, type Publication, type PublishOptions, type Registration,
  type RegisterOptions, type TopicEvent, type TopicOptions,
} from '../../lib/core/index.ts';
import type { ClientOptions as WholeClientOptions } from '../../lib/client/options.ts';
import type { ApiDefinition } from '../../lib/contract/api-types.ts';
import { defineApi, type Api } from '../../lib/contract/define-api.ts';
import { callWith } from '../../lib/operators/call-with.ts';
import { liveQuery } from '../../lib/operators/live-query.ts';
import { publishTo } from '../../lib/operators/publish-to.ts';
import { retryCall } from '../../lib/operators/retry-call.ts';
import type {
  CallOptions as WholeCallOptions, PublishOptions as WholePublishOptions, RegisterOptions as WholeRegisterOptions, TopicOptions as WholeTopicOptions,
} from '../../lib/session/options.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Emitted<O> = O extends Observable<infer T> ? T : never;
const holds = <T extends true>(): T | undefined => undefined;
const same = <A>() => <B>(_: B, ..._same: Same<A, Emitted<B>> extends true ? [] : [never]): void => {};
type None = { readonly [name: string]: never };

declare const progress: boolean;
const client = createClient({ url: 'ws://localhost', realm: 'shop', auth: ticket({ authid: 'ann', ticket: 'x' }) });

// What is taken here is taken there, so that another import is all it takes.
holds<ClientOptions extends WholeClientOptions ? true : false>();
holds<CallOptions extends WholeCallOptions ? true : false>();
holds<TopicOptions extends WholeTopicOptions ? true : false>();
holds<RegisterOptions extends WholeRegisterOptions ? true : false>();
holds<PublishOptions extends WholePublishOptions ? true : false>();

// The verbs, by their type arguments.
same<TopicEvent<List, Dict, None>>()(client.topic('com.x'));
client.topic<[number]>('com.x', { match: 'prefix', grace: 5 }).subscribe(({ args }) => holds<Same<typeof args, [number]>>());
same<CallResult>()(client.call('com.x'));
same<CallResult<number>>()(client.call<number>('com.x', [], { timeout: 100, cancelMode: 'kill', discloseMe: true, offline: 'fail' }));
same<CallProgress | CallResult>()(client.call('com.x', [1], { progress: true }));
same<CallProgress<string> | CallResult<number>>()(client.call<number, string>('com.x', [], { progress: true }));
same<Publication>()(client.publish('com.x', [1], { acknowledge: true, excludeMe: false, eligibleAuthrole: ['user'] }));
same<Registration>()(client.register('com.x', ({ args, kwargs, signal, params }: Invocation) => { holds<Same<typeof args, List>>(); holds<Same<typeof kwargs, Dict>>(); return result([signal.aborted], params); }, { invoke: 'random' }));
// @ts-expect-error: the result type would lie about the progressive results
client.call<number>('com.x', [], { progress: true });
// @ts-expect-error: the same where it is decided while it runs
client.call<number>('com.x', [], { progress });
// @ts-expect-error: the progressive results have a type, and are not asked for
client.call<number, string>('com.x', [], { timeout: 1 });
// @ts-expect-error: a value is no payload
client.publish('com.x', 5);

// What only the client of `rxwamp` has.
// @ts-expect-error: no contract to be held to
createClient({ url: 'ws://localhost', realm: 'shop', api: {} });
// @ts-expect-error: one serializer
createClient({ url: 'ws://localhost', realm: 'shop', serializers: [] });
// @ts-expect-error: nothing looks whether a quiet router lives
createClient({ url: 'ws://localhost', realm: 'shop', heartbeat: {} });
// @ts-expect-error: no deadline
client.call('com.x', [], { deadline: 5 });
// @ts-expect-error: no signal
client.call('com.x', [], { signal: AbortSignal.abort() });
// @ts-expect-error: no recovery
client.topic('com.x', { recover: true });
// @ts-expect-error: no strategy
client.register('com.x', () => 1, { strategy: 'queue' });
// @ts-expect-error: no attributes of one's own
client.publish('com.x', [], { attributes: { _x: 1 } });
// @ts-expect-error: nothing goes as it is
client.publish('com.x', [new Uint8Array()], { passthru: {} });
// @ts-expect-error: no input of an invocation
client.register('com.x', ({ input$ }: Invocation) => input$);
// @ts-expect-error: no such verb
client.topicStatus('com.x');

// The types of a contract, which nothing is checked against.
const api = defineApi({
  topics: { 'com.shop.price': { args: z.tuple([z.number()]) }, 'com.shop.<product:int>.stock': { args: z.tuple([z.number()]), kwargs: z.object({ unit: z.string() }) } },
  procedures: { 'com.shop.order': { args: z.tuple([z.object({ sku: z.number() })]), result: z.string(), progress: z.number() }, 'com.shop.count': { result: z.number() } },
});
type Definition = typeof api extends Api<infer D extends ApiDefinition> ? D : never;
const shop = createClient<Definition>({ url: 'ws://localhost', realm: 'shop' });
holds<Same<typeof shop, Client<Definition>>>();
same<TopicEvent<readonly [number], Dict, None>>()(shop.topic('com.shop.price'));
same<TopicEvent<readonly [number], { unit: string }, { readonly product: number }>>()(shop.topic('com.shop.<product:int>.stock'));
same<CallResult<string>>()(shop.call('com.shop.order', [{ sku: 7 }]));
same<CallProgress<number> | CallResult<string>>()(shop.call('com.shop.order', [{ sku: 7 }], { progress: true }));
same<CallResult<number>>()(shop.call('com.shop.count'));
shop.publish('com.shop.price', [5]);
shop.register('com.shop.order', ({ args: [{ sku }] }) => String(sku));
// @ts-expect-error: the price is a number
shop.publish('com.shop.price', ['5']);
// @ts-expect-error: the payload is required
shop.call('com.shop.order');
// @ts-expect-error: a procedure is no topic
shop.topic('com.shop.order');
// @ts-expect-error: the order answers with text
shop.register('com.shop.order', () => 5);

// Operators that know WAMP by shape take it.
declare const reading$: Observable<[value: number]>;
same<Publication>()(reading$.pipe(publishTo(client, 'com.x', { acknowledge: true, window: 4 })));
export const answered: Observable<CallProgress | CallResult> = reading$.pipe(callWith(client, 'com.x', { concurrency: 4 }));
same<CallResult<number>>()(client.call<number>('com.x').pipe(retryCall()));
declare const payload$: Observable<PayloadInput>;
same<Publication>()(payload$.pipe(publishTo(client, 'com.x')));
// @ts-expect-error: events alone do not tell when they are missing
liveQuery({ snapshot: () => of(1), topic: client.topic('com.x'), reduce: (stock) => stock });
