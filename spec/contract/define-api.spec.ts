import { describe, expect, it, jest } from '@jest/globals';
import { type } from 'arktype';
import fc from 'fast-check';
import { Subject, catchError, map, of, takeUntil, timer, toArray } from 'rxjs';
import * as v from 'valibot';
import { z } from 'zod';
import { clientOf } from '../../lib/client/create-client.ts';
import type { Schema } from '../../lib/contract/standard-schema.ts';
import { defineApi, type Api } from '../../lib/contract/define-api.ts';
import { InvalidUriError, TypeCheckError, isApplicationError } from '../../lib/errors.ts';
import { result } from '../../lib/session/options.ts';
import { json } from '../../lib/serializers/json.ts';
import type { PayloadInput } from '../../lib/types.ts';
import { checkedSession, thrownBy } from '../support/checked-session.ts';
import { ScriptedRouter, heard, joined } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

/** Schemas that say the same in three languages: a number that may come as text, an object with a default, a text. */
interface Schemas {
  readonly args: Schema;
  readonly kwargs: Schema;
  readonly text: Schema;
}

const LIBRARIES: readonly (readonly [name: string, schemas: Schemas])[] = [
  ['zod', {
    args: z.tuple([z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)])]),
    kwargs: z.object({ unit: z.string().default('EUR') }),
    text: z.string(),
  }],
  ['valibot', {
    args: v.tuple([v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))])]),
    kwargs: v.object({ unit: v.optional(v.string(), 'EUR') }),
    text: v.string(),
  }],
  ['arktype', {
    args: type([type('number').or(type('string.numeric.parse'))]),
    kwargs: type({ unit: "string = 'EUR'" }),
    text: type('string'),
  }],
];

function apiOf({ args, kwargs, text }: Schemas): Api {
  return defineApi({
    topics: { 'com.price': { args, kwargs }, 'com.product.<product:int>.price': { args } },
    procedures: { 'com.order': { args, kwargs, result: text, progress: args === undefined ? undefined : numberIn(args) }, 'com.put': { input: args } },
  });
}

/** The schema of one number, by that of a list with one. */
function numberIn(args: Schema): Schema {
  return {
    '~standard': {
      version: 1, vendor: 'spec',
      validate: (value) => {
        const read = args['~standard'].validate([value]);
        if ('then' in read) throw new Error('it answers at once');
        return read.issues === undefined ? { value: (read.value as unknown[])[0] } : read;
      },
    },
  };
}

describe.each(LIBRARIES)('defineApi with %s', (_name, schemas) => {
  const api = apiOf(schemas);

  it('sends what was given, and not what its schema reads it as', () => {
    const { router, session: own } = checkedSession(api);

    own.publish('com.price', ['7']).subscribe();
    own.call('com.order', { args: ['8'], kwargs: { unit: 'USD' } }).subscribe();

    expect(router.take()).toEqual([[16, 1, {}, 'com.price', ['7']], [48, 2, {}, 'com.order', ['8'], { unit: 'USD' }]]);
  });

  it('throws TypeCheckError at what must not be sent, and sends nothing', () => {
    const { router, session: own } = checkedSession(api);

    const errors = [() => own.publish('com.price', ['x']), () => own.call('com.order', { args: [1], kwargs: { unit: 5 } }), () => own.call('com.order'), () => own.publish('com.product.7.price', [])].map(thrownBy);

    expect(router.take()).toEqual([]);
    expect(errors.map((error) => error instanceof TypeCheckError)).toEqual([true, true, true, true]);
    expect(errors[0]).toMatchObject({ code: 'type-check', effect: 'none', operation: { verb: 'publish', uri: 'com.price' }, issues: [{ path: ['args', 0] }] });
    expect(errors[1]).toMatchObject({ effect: 'none', operation: { verb: 'call', uri: 'com.order' }, issues: [{ path: ['kwargs', 'unit'] }] });
  });

  it('hands an event on as its schemas read it', () => {
    const { router, session: own } = checkedSession(api);
    const { log } = heard(own.topic('com.price'));
    router.send(33, 1, 80);

    router.send(36, 80, 90, { a: 1 }, ['7']);
    router.send(36, 80, 91, { retained: true }, [8], { unit: 'USD' });

    expect(log).toEqual([
      { topic: 'com.price', publication: 90, params: {}, details: { a: 1 }, retained: false, recovered: false, args: [7], kwargs: { unit: 'EUR' } },
      { topic: 'com.price', publication: 91, params: {}, details: { retained: true }, retained: true, recovered: false, args: [8], kwargs: { unit: 'USD' } },
    ]);
  });

  it('leaves an event out that is not as it must be, and reports it', () => {
    const { router, session: own, reports } = checkedSession(api);
    const { log } = heard(own.topic('com.price'));
    const signals = heard(own.topicStatus('com.price'));
    router.send(33, 1, 80);

    router.send(36, 80, 90, {}, ['x']);
    router.send(36, 80, 91, {}, [7]);

    expect(log).toMatchObject([{ publication: 91 }]);
    expect(signals.log).toMatchObject([{ kind: 'subscribed' }, { kind: 'event', event: { publication: 91, args: [7] } }]);
    expect(reports).toMatchObject([{ code: 'type-check', operation: { verb: 'subscribe', uri: 'com.price' } }, { code: 'type-check' }]);
  });

  it('reads the events of a template by its holes and its schemas', () => {
    const { router, session: own } = checkedSession(api);
    const { log } = heard(own.topic('com.product.<product:int>.price'));
    router.send(33, 1, 80);

    router.send(36, 80, 90, { topic: 'com.product.5.price' }, ['7']);
    router.send(36, 80, 91, { topic: 'com.product.five.price' }, ['7']);

    expect(log).toMatchObject([{ topic: 'com.product.5.price', params: { product: 5 }, args: [7] }]);
  });

  it('hands results on as their schemas read them', () => {
    const { router, session: own } = checkedSession(api);
    const { log } = heard(own.call('com.order', [1], { progress: true }));
    router.take();

    router.send(50, 1, { progress: true }, ['5', 'more']);
    router.send(50, 1, {}, ['done'], { a: 1 });

    expect(log).toMatchObject([{ progress: true, args: [5, 'more'] }, { progress: false, args: ['done'], kwargs: { a: 1 } }, 'complete']);
  });

  it('takes an empty end after progressive results for what it is', () => {
    const { router, session: own } = checkedSession(api);
    const { log } = heard(own.call('com.order', [1], { progress: true }));

    router.send(50, 1, { progress: true }, [5]);
    router.send(50, 1, {});

    expect(log).toMatchObject([{ progress: true, args: [5] }, 'complete']);
  });

  it('errors a call with TypeCheckError whose result is not as it must be', () => {
    const { router, session: own, reports } = checkedSession(api);
    const { log } = heard(own.call('com.order', [1]));

    router.send(50, 1, {}, [5]);

    expect(log).toMatchObject([{ code: 'type-check', effect: 'unknown', operation: { verb: 'call', uri: 'com.order' }, issues: [{ path: ['args', 0] }] }]);
    expect(reports).toEqual([]);
  });

  it('cancels a call whose progress is not as it must be', () => {
    const { router, session: own } = checkedSession(api);
    const { log } = heard(own.call('com.order', [1], { progress: true }));
    router.take();

    router.send(50, 1, { progress: true }, ['x']);

    expect(log).toMatchObject([{ code: 'type-check' }]);
    expect(router.take()).toEqual([[49, 1, { mode: 'killnowait' }]]);
  });

  it('gives a procedure its arguments as their schemas read them', () => {
    const { router, session: own } = checkedSession(api);
    const seen: unknown[] = [];
    own.register('com.order', ({ args, kwargs }) => { seen.push(args, kwargs); return 'done'; }).subscribe();
    router.send(65, 1, 80);
    router.take();

    router.send(68, 1, 80, {}, ['7']);

    expect(seen).toEqual([[7], { unit: 'EUR' }]);
    expect(router.take()).toEqual([[70, 1, {}, ['done']]]);
  });

  it('answers a call with other arguments with invalid_argument and its issues, and does not run the procedure', () => {
    const { router, session: own, reports } = checkedSession(api);
    let runs = 0;
    own.register('com.order', () => { runs += 1; return 'done'; }, { strategy: 'concat', key: ({ args: [first] }) => first, concurrency: 1 }).subscribe();
    router.send(65, 1, 80);
    router.take();

    router.send(68, 1, 80, {}, ['x'], { unit: 5 });
    router.send(68, 2, 80, {}, [1]);

    const [[, , , , error, [message], { issues }], answer] = router.take() as [[number, number, number, object, string, [string], { issues: { path: unknown }[] }], unknown];
    expect(error).toBe('wamp.error.invalid_argument');
    expect(message).toMatch(/^call of com\.order must be as its contract says, got one with args\.0: .*, and 1 more$/);
    expect(issues.map(({ path }) => path)).toEqual([['args', 0], ['kwargs', 'unit']]);
    expect(answer).toEqual([70, 2, {}, ['done']]);
    expect(runs).toBe(1);
    expect(reports).toEqual([]);
  });

  it('sends no result that is not as it must be, and reports it', () => {
    const { router, session: own, reports } = checkedSession(api);
    own.register('com.order', () => 5 as never).subscribe();
    router.send(65, 1, 80);
    router.take();

    router.send(68, 1, 80, {}, [1]);

    expect(router.take()).toMatchObject([[8, 68, 1, {}, 'wamp.error.runtime_error', [expect.stringMatching(/^result of com\.order must be as its contract says/)]]]);
    expect(reports).toMatchObject([{ code: 'type-check', operation: { verb: 'register', uri: 'com.order' } }]);
  });

  it('stops a procedure whose progress is not as it must be', () => {
    const { router, session: own, reports } = checkedSession(api);
    const source = new Subject<unknown>();
    own.register('com.order', () => source as never).subscribe();
    router.send(65, 1, 80);
    router.take();
    router.send(68, 1, 80, { receive_progress: true }, [1]);

    source.next(1);
    source.next('x');

    expect(router.take()).toMatchObject([[70, 1, { progress: true }, [1]], [8, 68, 1, {}, 'wamp.error.runtime_error', [expect.stringMatching(/^progress of com\.order /)]]]);
    expect(source.observed).toBe(false);
    expect(reports).toMatchObject([{ code: 'type-check' }]);
  });

  it('lets an Observable end without a result that has shown progress', () => {
    const { router, session: own, reports } = checkedSession(api);
    own.register('com.order', () => of(1, 2) as never).subscribe();
    router.send(65, 1, 80);
    router.take();

    router.send(68, 1, 80, { receive_progress: true }, [1]);

    expect(router.take()).toEqual([[70, 1, { progress: true }, [1]], [70, 1, { progress: true }, [2]], [70, 1, {}]]);
    expect(reports).toEqual([]);
  });

  it('looks at the first value of a result alone', () => {
    const { router, session: own } = checkedSession(api);
    own.register('com.order', () => result(['done', 5], { a: 1 })).subscribe();
    router.send(65, 1, 80);
    router.take();

    router.send(68, 1, 80, {}, [1]);

    expect(router.take()).toEqual([[70, 1, {}, ['done', 5], { a: 1 }]]);
  });

  it('holds what goes both ways to it, at both ends', () => {
    const { router, session: own } = checkedSession(api);
    const seen: unknown[] = [];
    own.register('com.put', ({ input$ }) => { input$.subscribe({ next: ({ args }) => seen.push(args), error: () => seen.push('stopped') }); return new Subject(); }).subscribe();
    router.send(65, 1, 80);
    const input$ = new Subject<PayloadInput>();
    const { log } = heard(own.call('com.put', input$));
    router.take();

    router.send(68, 1, 80, { progress: true });
    router.send(68, 1, 80, { progress: true }, ['7']);
    router.send(68, 1, 80, { progress: true }, ['x']);
    input$.next([1]);
    input$.next(['x']);

    expect(seen).toEqual([[7], 'stopped']);
    expect(router.take()).toMatchObject([[8, 68, 1, {}, 'wamp.error.invalid_argument', [expect.stringMatching(/^input of com\.put /)], { issues: [{ path: ['args', 0] }] }], [48, 2, { progress: true }, 'com.put', [1]], [49, 2, {}]]);
    expect(log).toMatchObject([{ name: 'TypeError', cause: { code: 'type-check' } }]);
  });

  it.each(['inbound', 'off'] as const)('sends what it is given with validate: %s', (validate) => {
    const { router, session: own } = checkedSession(api, { validate });
    own.register('com.order', () => 5 as never).subscribe();
    router.send(65, 1, 80);
    router.take();

    own.publish('com.price', ['x']).subscribe();
    router.send(68, 1, 80, {}, [1]);

    expect(router.take()).toEqual([[16, 2, {}, 'com.price', ['x']], [70, 1, {}, [5]]]);
  });

  it.each([['inbound', []], ['off', [{ args: ['x'] }]]] as const)('takes what comes with validate: %s as %j', (validate, events) => {
    const { router, session: own } = checkedSession(api, { validate });
    const { log } = heard(own.topic('com.price'));
    router.send(33, 1, 80);

    router.send(36, 80, 90, {}, ['x']);

    expect(log).toMatchObject(events);
  });
});

const anything = defineApi({ topics: { 'com.price': { args: z.tuple([z.number()]) } }, procedures: { 'com.order': { args: z.tuple([z.number()]), result: z.string(), progress: z.number() } } });

describe('defineApi', () => {
  it('says nothing of other URIs', () => {
    const { router, session: own } = checkedSession(anything);
    const { log } = heard(own.topic('com.price.more'));
    router.send(33, 1, 80);

    router.send(36, 80, 90, {}, ['x']);
    own.publish('com.order', ['x']).subscribe();

    expect(log).toMatchObject([{ args: ['x'] }]);
    expect(router.take()).toMatchObject([[32, 1, {}, 'com.price.more'], [16, 2, {}, 'com.order', ['x']]]);
  });

  it('holds for what a procedure calls and publishes, and for a subject', () => {
    const { router, session: own } = checkedSession(anything);
    const errors: unknown[] = [];
    own.register('com.p', ({ call, publish }) => { errors.push(thrownBy(() => call('com.order', ['x'])), thrownBy(() => publish('com.price', ['x']))); return 1; }).subscribe();
    router.send(65, 1, 80);

    router.send(68, 1, 80, {});
    errors.push(thrownBy(() => own.subject<unknown[]>('com.price').next(['x'])));

    expect(errors).toMatchObject([{ code: 'type-check' }, { code: 'type-check' }, { code: 'type-check' }]);
  });

  it('takes the agreement about credit out of a stream before it looks at its values', async () => {
    const strict = defineApi({ procedures: { 'com.order': { args: z.tuple([z.number()]), kwargs: z.strictObject({}), result: z.string(), progress: z.number().transform((row) => `#${row}`) } } });
    await tidyMarbles.async(({ client, expectObservable }) => {
      client({ api: strict }).register('com.order', async function* ({ args: [count] }) { for (let at = 0; at < count; at += 1) yield at; return 'done'; }).pipe(takeUntil(timer(5))).subscribe();
      const user = client({ api: strict });

      expectObservable(user.callStream('com.order', [3], { credit: 2 }).pipe(map(({ args: [value] }) => value), toArray())).toBe('(r|)', { r: ['#0', '#1', '#2', 'done'] });
      expect(thrownBy(() => user.callStream('com.order', ['x'] as never, { credit: 2 }))).toBeInstanceOf(TypeCheckError);
    });
  });

  it('errors a stream whose values are not as they must be', () => {
    const { router, session: own } = checkedSession(anything);
    const { log } = heard(own.callStream('com.order', [1], { credit: 4 }));
    router.take();

    router.send(50, 1, { progress: true }, [1], { _credit: 4 });
    router.send(50, 1, { progress: true }, ['x']);

    expect(log).toMatchObject([{ args: [1], kwargs: {} }, { code: 'type-check' }]);
    expect(router.take()).toEqual([[49, 1, { mode: 'killnowait' }]]);
  });

  it('outlives sessions on a client, whose sessions have it too', () => {
    tidyMarbles(({ client, at }) => {
      const seen: unknown[] = [];
      const own = client({ api: anything });
      own.errors$.subscribe((error) => seen.push(error));
      own.topic('com.price').pipe(takeUntil(timer(9_100))).subscribe(({ args }) => seen.push(args));
      own.session$.pipe(takeUntil(timer(9_100))).subscribe((session) => seen.push(session && thrownBy(() => session.publish('com.price', ['x'] as never))));
      const other = client();

      at(1, () => own.link.cut());
      at(2, () => own.link.restore());
      at(9_000, () => { for (const price of [1, 'x', 2]) other.publish('com.price', [price]).subscribe(); });
      at(9_200, () => expect(seen).toMatchObject([{ code: 'type-check' }, undefined, { code: 'type-check' }, [1], { code: 'type-check' }, [2]]));
    });
  });

  it('refuses an asynchronous schema with a TypeError, wherever it is used', () => {
    const slow = z.tuple([z.number().refine(async () => true)]);
    const api = defineApi({ topics: { 'com.t': { args: slow } }, procedures: { 'com.p': { args: slow } } });
    const { router, session: own, reports } = checkedSession(api);
    own.topic('com.t').subscribe();
    own.register('com.p', () => 1).subscribe();
    router.send(33, 1, 80);
    router.send(65, 2, 81);
    router.take();

    const thrown = thrownBy(() => own.publish('com.t', [1]));
    router.send(36, 80, 90, {}, [1]);
    router.send(68, 1, 81, {}, [1]);

    expect(thrown).toEqual(new TypeError('schema of a contract must answer at once, got one that gives a promise'));
    expect(reports).toEqual([thrown, thrown]);
    expect(router.take()).toEqual([[8, 68, 1, {}, 'wamp.error.runtime_error', ['schema of a contract must answer at once, got one that gives a promise']]]);
  });

  it('refuses a schema with a TypeError that reads a list as something else', () => {
    const api = defineApi({ topics: { 'com.a': { args: z.array(z.unknown()).transform((list) => list.length) } } });
    const { session: own } = checkedSession(api);

    expect(thrownBy(() => own.publish('com.a', [1]))).toEqual(new TypeError('schema of args must read them as a list, got 1'));
  });

  it('leaves no promise of a schema unheard', () => {
    const failing = Promise.reject<never>(new Error('late'));
    const then = jest.spyOn(failing, 'then');
    const broken: Schema = { '~standard': { version: 1, vendor: 'spec', validate: () => failing } };
    const { session: own } = checkedSession(defineApi({ topics: { 'com.t': { args: broken } } }));

    expect(thrownBy(() => own.publish('com.t'))).toBeInstanceOf(TypeError);
    expect(then).toHaveBeenCalledWith(undefined, expect.any(Function));
  });

  it('tells no more than 20 issues, and no long ones', () => {
    const path = Array.from({ length: 100 }, (_, at) => at);
    const loud: Schema = { '~standard': { version: 1, vendor: 'spec', validate: () => ({ issues: Array.from({ length: 100 }, () => ({ message: 'x'.repeat(1000), path })) }) } };
    const { session: own } = checkedSession(defineApi({ topics: { 'com.t': { args: loud, kwargs: loud } } }));

    const { issues, message } = thrownBy(() => own.publish('com.t')) as TypeCheckError;

    expect(issues.length).toBe(20);
    expect(issues[0]).toEqual({ message: 'x'.repeat(300), path: ['args', ...path.slice(0, 32)] });
    expect(message.length).toBeLessThan(600);
  });

  it('reads the keys of a path as texts and numbers', () => {
    const schema: Schema = { '~standard': { version: 1, vendor: 'spec', validate: () => ({ issues: [{ message: 'no', path: [{ key: 'a' }, 1, Symbol('s'), { key: 2 }] }] }) } };
    const { session: own } = checkedSession(defineApi({ topics: { 'com.t': { args: schema } } }));

    expect(thrownBy(() => own.publish('com.t'))).toMatchObject({ issues: [{ path: ['args', 'a', 1, 'Symbol(s)', 2] }], message: 'event of com.t must be as its contract says, got one with args.a.1.Symbol(s).2: no' });
  });

  it('takes the first template that covers a URI, and the URI itself before any', () => {
    const api = defineApi({ topics: { 'com.<a>.x': { args: z.tuple([z.literal(1)]) }, 'com.<a:int>.x': { args: z.tuple([z.literal(2)]) }, 'com.own.x': { args: z.tuple([z.literal(3)]) } } });
    const { session: own } = checkedSession(api);
    const allowed = (uri: string): unknown[] => [1, 2, 3].filter((value) => thrownBy(() => own.publish(uri as never, [value] as never)) === undefined);

    expect([allowed('com.a.x'), allowed('com.5.x'), allowed('com.own.x'), allowed('com.a.b.x')]).toEqual([[1], [1], [3], [1, 2, 3]]);
  });

  it('finds what holds for a URI as a reader of the contract does, whatever stands in it', () => {
    const part = fc.constantFrom('a', 'b', '7', '<x>', '<x:int>', '<x:bool>', 'true');
    // Each name of a hole once.
    const template = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.map((text, at) => text.replace('x', `x${at}`)).join('.'));
    const covers = (entry: string, uri: string): boolean => {
      const [holes, parts] = [entry.split('.'), uri.split('.')];
      return holes.length === parts.length && holes.every((hole, at) => (
        hole.endsWith(':int>') ? /^\d+$/.test(parts[at]!) : hole.endsWith(':bool>') ? /^(true|false)$/.test(parts[at]!) : hole.startsWith('<') || hole === parts[at]
      ));
    };
    const plain = fc.array(fc.constantFrom('a', 'b', '7', 'true'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));

    fc.assert(fc.property(fc.uniqueArray(template, { minLength: 1, maxLength: 6 }), plain, (templates, uri) => {
      const topics = Object.fromEntries(templates.map((entry) => [entry, { args: z.tuple([z.literal(entry)]) }]));
      const checks = defineApi({ topics }).checks()!.topic(uri);
      const holding = templates.filter((entry) => checks !== undefined && thrownBy(() => checks.publish({ args: [entry] })) === undefined);

      // An object has the keys that are numbers first.
      const inOrder = Object.keys(topics);
      expect(holding).toEqual([inOrder.find((entry) => entry === uri) ?? inOrder.find((entry) => covers(entry, uri))].filter((entry) => entry !== undefined));
    }), { numRuns: 300 });
  });

  it.each<[unknown, Error]>([
    [undefined, new TypeError('api must be an object, got nothing')],
    [{ topic: {} }, new TypeError('api must have no more than topics, procedures, got "topic"')],
    [{ topics: 5 }, new TypeError('topics must be an object, got 5')],
    [{ topics: { 'com.x': { result: z.string() } } }, new TypeError('com.x must have no more than args, kwargs, description, got "result"')],
    [{ procedures: { 'com.x': null } }, new TypeError('com.x must be an object, got null')],
    [{ procedures: { 'com.x': { args: {} } } }, new TypeError('args of com.x must be a schema that keeps to Standard Schema, version 1, got an object')],
    [{ procedures: { 'com.x': { args: { '~standard': { version: 2, validate: () => ({}) } } } } }, new TypeError('args of com.x must be a schema that keeps to Standard Schema, version 1, got an object')],
    [{ topics: { 'com.<a': {} } }, new InvalidUriError('template "com.<a" must have holes like <name> or <name:type> that are whole components, got "<a"')],
    [{ topics: { 'com x': {} } }, new InvalidUriError('URI in topics')],
  ])('refuses %j', (definition, error) => {
    const thrown = thrownBy(() => defineApi(definition as never)) as Error;

    expect(thrown.constructor).toBe(error.constructor);
    expect(thrown.message.startsWith(error.message)).toBe(true);
  });

  it.each<[object, string]>([
    [{ api: {} }, 'api must be made by defineApi, got an object'],
    [{ api: anything, validate: 'outbound' }, "validate must be 'all', 'inbound' or 'off', got \"outbound\""],
  ])('is taken by a client and by join, which refuse %j', (options, message) => {
    const { transport } = new ScriptedRouter();
    const given = { realm: 'realm1', transport, ...options } as never;

    expect(() => clientOf(given, { dial: () => transport, serializers: () => [json()] })).toThrow(message);
    expect(() => joined(new ScriptedRouter(), options as never)).toThrow(message);
  });

  it('is heard of by callers without a contract', () => {
    tidyMarbles(({ client, expectObservable }) => {
      client({ api: anything }).register('com.order', () => 'done').pipe(takeUntil(timer(5))).subscribe();

      expectObservable(client().call('com.order', ['x']).pipe(catchError((error: unknown) => of(isApplicationError(error, 'wamp.error.invalid_argument') && error.effect)))).toBe('(e|)', { e: 'none' });
    });
  });
});
