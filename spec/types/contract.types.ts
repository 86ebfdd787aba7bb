/** What the compiler has to say about a contract, and about the verbs of who has one. Nothing of this runs. */
import { type } from 'arktype';
import { of, type Observable } from 'rxjs';
import * as v from 'valibot';
import { z } from 'zod';
import {
  createClient, createClients, defineApi, join, result, run,
  type CallProgress, type CallResult, type Client, type Dict, type Invocation, type List, type Peer, type Session, type StreamedResult, type TopicEvent, type TopicSubject, type Transport,
} from '../../lib/node.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Emitted<O> = O extends Observable<infer T> ? T : never;
const holds = <T extends true>(): T | undefined => undefined;
const same = <A>() => <B>(_: B, ..._same: Same<A, Emitted<B>> extends true ? [] : [never]): void => {};

type None = { readonly [name: string]: never };

const shopApi = defineApi({
  topics: {
    'com.shop.price': { args: z.tuple([z.number()]) },
    'com.shop.product.<product:int>.price': { args: z.tuple([z.number(), z.string()]), kwargs: z.object({ unit: z.string() }) },
    'com.shop.opened': { kwargs: z.object({ by: z.string().optional() }) },
    'com.shop.both': { args: z.tuple([z.boolean()]) },
  },
  procedures: {
    'com.shop.order': { args: z.tuple([z.object({ sku: z.number() })]), result: z.string(), progress: z.number() },
    'com.shop.find': { kwargs: z.object({ text: z.string() }), result: z.array(z.string()) },
    'com.shop.count': { result: z.number() },
    'com.shop.<name>.stock': { args: z.tuple([]), result: z.coerce.number() },
    'com.shop.dated': { args: z.tuple([z.string().transform((text) => new Date(text))]), result: z.string().transform((text) => new Date(text)) },
    'com.shop.import': { input: z.tuple([z.string().transform(Number)]), progress: z.boolean() },
    'com.shop.both': { args: z.tuple([z.string()]) },
    'com.shop.pay': { result: z.number(), resultKwargs: z.object({ at: z.string().transform((text) => new Date(text)) }), progress: z.string(), progressKwargs: z.object({ step: z.number() }) },
    'com.shop.noted': { result: z.number(), resultKwargs: z.object({ note: z.string().optional() }) },
    'com.shop.named': { resultKwargs: z.object({ name: z.string() }) },
    'com.shop.void': { result: z.undefined() },
  },
});
declare const transport: Transport;
const shop = createClient({ url: 'ws://localhost', realm: 'shop', api: shopApi });
const plain = createClient({ url: 'ws://localhost', realm: 'shop' });

// topic: by its URI, by its template; others by their type arguments.
same<TopicEvent<readonly [number], Dict, None>>()(shop.topic('com.shop.price'));
same<TopicEvent<readonly [number, string], { unit: string }, { readonly product: number }>>()(shop.topic('com.shop.product.<product:int>.price'));
same<TopicEvent<readonly [number, string], { unit: string }, None>>()(shop.topic('com.shop.product.7.price'));
same<TopicEvent<List, Dict, None>>()(shop.topic('com.shop.product.seven.price'));
same<TopicEvent<List, Dict, None>>()(shop.topic('com.other'));
same<TopicEvent<[string], Dict, { readonly [name: string]: string | number | boolean | null }>>()(shop.topic<[string]>('com.other'));
same<TopicEvent<List, Dict, None>>()(plain.topic('com.shop.price'));
same<TopicEvent<readonly [boolean], Dict, None>>()(shop.topic('com.shop.both'));
// @ts-expect-error: a procedure is no topic
shop.topic('com.shop.order');
shop.topicStatus('com.shop.price').subscribe((signal) => { if (signal.kind === 'event') holds<Same<typeof signal.event.args, readonly [number]>>(); });
// @ts-expect-error: the event has one argument
shop.topic('com.shop.price').subscribe(({ args: [, second] }) => second);

// publish: the payload is required where something in it is.
shop.publish('com.shop.price', [1]);
shop.publish('com.shop.price', { args: [1] }, { acknowledge: true });
shop.publish('com.shop.product.7.price', { args: [1, 'a'], kwargs: { unit: 'EUR' } });
const product: number = 7;
shop.publish(`com.shop.product.${product}.price`, { args: [1, 'a'], kwargs: { unit: 'EUR' } });
shop.publish('com.shop.opened');
shop.publish('com.shop.opened', { kwargs: { by: 'ann' } });
shop.publish('com.other', ['anything', 1]);
// @ts-expect-error: a text is no number
shop.publish('com.shop.price', ['1']);
// @ts-expect-error: the price is missing
shop.publish('com.shop.price');
// @ts-expect-error: the price is missing
shop.publish('com.shop.price', []);
// @ts-expect-error: keyword arguments are missing
shop.publish('com.shop.product.7.price', [1, 'a']);
// @ts-expect-error: keyword arguments are missing
shop.publish(`com.shop.product.${product}.price`, [1, 'a']);
// @ts-expect-error: a template is subscribed to, and not published to
shop.publish('com.shop.product.<product:int>.price', { args: [1, 'a'], kwargs: { unit: 'EUR' } });
// @ts-expect-error: a procedure is no topic
shop.publish('com.shop.order', [{ sku: 1 }]);

// call: arguments, result and progress.
same<CallResult<string>>()(shop.call('com.shop.order', [{ sku: 1 }]));
same<CallProgress<number> | CallResult<string>>()(shop.call('com.shop.order', [{ sku: 1 }], { progress: true }));
same<CallResult<string[]>>()(shop.call('com.shop.find', { kwargs: { text: 'tea' } }));
same<CallResult<number>>()(shop.call('com.shop.count'));
same<CallResult<number>>()(shop.call('com.shop.tea.stock', []));
same<CallResult<number>>()(shop.call('com.shop.tea.stock', [], { timeout: 5 }));
same<CallResult>()(shop.call('com.other', [1, 'a']));
same<CallResult<number>>()(shop.call<number>('com.other', [1, 'a']));
same<CallProgress<string> | CallResult<number>>()(shop.call<number, string>('com.other', [], { progress: true }));
same<CallResult>()(shop.call('com.shop.both', ['a']));
// @ts-expect-error: an id is a number
shop.call('com.shop.order', [{ sku: 'x' }]);
// @ts-expect-error: the order is missing
shop.call('com.shop.order');
// @ts-expect-error: the text is missing
shop.call('com.shop.find', []);
// @ts-expect-error: a topic is not called
shop.call('com.shop.price', [1]);
// @ts-expect-error: a template is registered, and not called
shop.call('com.shop.<name>.stock', []);
// @ts-expect-error: there is no such option
shop.call('com.shop.count', [], { timeOut: 1 });

// What is sent is the input of a schema, and what arrives its output.
shop.call('com.shop.dated', ['2026-01-01']).subscribe(({ args: [date] }) => { holds<Same<typeof date, Date>>(); });
shop.register('com.shop.dated', ({ args: [date] }) => {
  holds<Same<typeof date, Date>>();
  return date.toISOString();
});
// @ts-expect-error: what is sent is a text
shop.call('com.shop.dated', [new Date(0)]);
// @ts-expect-error: what is answered is a text
shop.register('com.shop.dated', ({ args: [date] }) => date);

// callStream and calls that go both ways.
same<StreamedResult<number, string>>()(shop.callStream('com.shop.order', [{ sku: 1 }], { credit: 4, process: ({ args: [value] }) => { holds<Same<typeof value, string | number>>(); return []; } }));
same<StreamedResult>()(shop.callStream('com.other'));
same<StreamedResult<number, string>>()(shop.callStream<number, string>('com.other', [1]));
same<CallProgress<boolean> | CallResult>()(shop.call('com.shop.import', of(['1'] as const), { progress: true }));
shop.register('com.shop.import', ({ input$ }) => { input$.subscribe(({ args: [count] }) => { holds<Same<typeof count, number>>(); }); });
// @ts-expect-error: the input is of texts
shop.call('com.shop.import', of([1] as const));
// @ts-expect-error: the order is missing
shop.callStream('com.shop.order');

// register: what the procedure gets, and what it may answer with.
shop.register('com.shop.order', ({ args: [{ sku }] }) => `order of ${sku.toFixed()}`);
shop.register('com.shop.order', async ({ args: [{ sku }] }) => `order of ${sku}`);
shop.register('com.shop.order', () => of('done'));
shop.register('com.shop.order', async function* () { yield 1; return 'done'; });
shop.register('com.shop.order', () => result(['done'], { at: 1 }));
shop.register('com.shop.<name>.stock', ({ params: { name } }) => name.length);
shop.register('com.other', ({ args }) => args.length);
shop.register<[number]>('com.other', ({ args: [value] }) => value.toFixed());
shop.register('com.other', ({ args: [value] }: Invocation<[number]>) => value.toFixed());
shop.register('com.other', ({ call, publish }) => {
  same<CallResult<number>>()(call('com.shop.count'));
  publish('com.shop.price', [1]);
  // @ts-expect-error: an id is a number
  return call('com.shop.order', [{ sku: 'x' }]);
});
// What it answers with by keyword arguments is held to them, at both ends.
same<CallResult<number, readonly [number, ...List], { at: Date }>>()(shop.call('com.shop.pay'));
same<CallProgress<string, { step: number }> | CallResult<number, readonly [number, ...List], { at: Date }>>()(shop.call('com.shop.pay', [], { progress: true }));
same<StreamedResult<string, number, { step: number }, { at: Date }>>()(shop.callStream('com.shop.pay'));
shop.register('com.shop.pay', () => result([5], { at: '2026-01-01' }));
shop.register('com.shop.pay', async () => result([5, 'more'], { at: '2026-01-01' }));
shop.register('com.shop.pay', async function* () { yield result(['paid'], { step: 1 }); return result([5], { at: '2026-01-01' }); });
shop.register('com.shop.noted', () => 5);
shop.register('com.shop.noted', () => result([5], { note: 'paid' }));
shop.register('com.shop.named', () => result([], { name: 'ann' }));
shop.register('com.shop.void', () => result([]));
// @ts-expect-error: the keyword arguments are missing
shop.register('com.shop.pay', () => 5);
// @ts-expect-error: so are they here
shop.register('com.shop.pay', () => result([5]));
// @ts-expect-error: what is answered is a text
shop.register('com.shop.pay', () => result([5], { at: new Date(0) }));
// @ts-expect-error: the result is a number
shop.register('com.shop.noted', () => result(['5'], { note: 'paid' }));
// @ts-expect-error: the result is missing
shop.register('com.shop.noted', () => result([], { note: 'paid' }));
// @ts-expect-error: progress has keyword arguments
shop.register('com.shop.pay', async function* () { yield 'paid'; return result([5], { at: '2026-01-01' }); });
// @ts-expect-error: the result is a text
shop.register('com.shop.order', () => 3);
// @ts-expect-error: progress is numbers
shop.register('com.shop.order', async function* () { yield true; return 'done'; });
// @ts-expect-error: there is no such argument
shop.register('com.shop.order', ({ args: [, second] }) => String(second));
// @ts-expect-error: a topic is not registered
shop.register('com.shop.price', () => 1);

// subject
export const prices: TopicSubject<readonly [number], Dict, None> = shop.subject('com.shop.price');
prices.next([1]);
// @ts-expect-error: a text is no number
prices.next(['1']);

// Sessions have the types of their client, and those of `join`.
shop.session$.subscribe((session) => {
  if (session !== undefined) same<CallResult<number>>()(session.call('com.shop.count'));
});
join(transport, { realm: 'shop', api: shopApi }).subscribe((session) => {
  same<CallResult<number>>()(session.call('com.shop.count'));
  // @ts-expect-error: a text is no number
  session.publish('com.shop.price', ['1']);
});
export const peers: readonly Peer[] = [shop, plain];
export const clients: readonly Client[] = [shop, plain];
((_typed: Client<typeof shopApi.definition>) => {})(shop);
export const sessionOf = (client: Client): Observable<Session | undefined> => client.session$;
sessionOf(shop);

// Several clients, each with its own contract; and a component of them.
const named = createClients({ shop: { realm: 'shop', api: shopApi }, audit: { realm: 'audit' } }, { url: 'ws://localhost' });
same<CallResult<number>>()(named.shop.call('com.shop.count'));
same<CallResult>()(named.audit.call('com.shop.count'));
// @ts-expect-error: there is no such client
void named.other;
run({
  clients: { shop: { realm: 'shop', api: shopApi } }, defaults: { url: 'ws://localhost' },
  main: ({ shop: { topic }, shop: typedShop }) => {
    void topic;
    // @ts-expect-error: a text is no number
    typedShop.publish('com.shop.price', ['1']);
    return typedShop.topic('com.shop.price');
  },
});
// @ts-expect-error: a number is no work
run({ clients: { shop: { realm: 'shop' } }, main: () => 5 });
// @ts-expect-error: there is no such option
createClients({ shop: { realm: 'shop', ofline: 'wait' } });

// Schemas of other libraries, and what is no schema.
const mixed = createClient({
  transport, realm: 'shop', validate: 'inbound',
  api: defineApi({
    topics: { 'com.valibot': { args: v.tuple([v.number()]), kwargs: v.object({ unit: v.optional(v.string(), 'EUR') }) } },
    procedures: { 'com.arktype': { args: type(['number', 'string']), result: type({ id: 'number' }) } },
  }),
});
same<TopicEvent<readonly [number], { unit: string }, None>>()(mixed.topic('com.valibot'));
mixed.publish('com.valibot', [1]);
same<CallResult<{ id: number }>>()(mixed.call('com.arktype', [1, 'a']));
// @ts-expect-error: a text is no number
mixed.call('com.arktype', ['1', 'a']);
// @ts-expect-error: there is no such choice
createClient({ transport, realm: 'shop', api: shopApi, validate: 'outbound' });
// @ts-expect-error: a description of types is no schema
defineApi({ topics: { 'com.x': { args: ['number'] } } });
// @ts-expect-error: there is no such part
defineApi({ procedures: { 'com.x': { results: z.number() } } });
// @ts-expect-error: an api is made by defineApi
createClient({ transport, realm: 'shop', api: { topics: {} } });
