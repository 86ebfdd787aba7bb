import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EMPTY, NEVER, Observable, Subject, finalize, of, takeUntil, timer } from 'rxjs';
import { ApplicationError, InvalidUriError, RegistryError, isApplicationError } from '../../lib/errors.ts';
import { Registry, procedure, subscriber, wampError } from '../../lib/registry/index.ts';
import { mapError } from '../../lib/session/error-mapping.ts';
import type { Invocation, TopicEvent } from '../../lib/session/options.ts';
import type { Payload } from '../../lib/types.ts';
import { ScriptedRouter, heard, joined } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

class OverflowError extends ApplicationError<[limit: number]> {
  constructor({ args }: Payload<[limit: number]>) { super('com.calc.overflow', { args }); }
}

class Calculator {
  @wampError('com.calc.overflow') static readonly Overflow = OverflowError;

  total = 0;

  @procedure('add') add(a: number, b: number): number {
    this.total += 1;
    if (a + b > 100) throw new Calculator.Overflow({ args: [100], kwargs: {} });
    return a + b;
  }

  @procedure('whoami', { invocation: true }) whoami(name: string, { procedure: uri }: Invocation): unknown { return [name, uri]; }

  @procedure('count', { progress: true }) * count(to: number): Generator<number, string> {
    for (let at = 1; at <= to; at += 1) yield at;
    return 'done';
  }

  @procedure('items', { progress: true }) items(): unknown { return [1, 2]; }

  @subscriber('reset') reset(to: number): void { this.total = to; }

  @subscriber('seen', { event: true }) seen(_first: unknown, event: TopicEvent): void { this.total = event.publication; }
}

/** What a registry sends of what it registers, subscribes to, and answers. */
function served(registry: Registry): { readonly router: ScriptedRouter; readonly reports: unknown[]; readonly log: unknown[]; readonly stop: () => void; readonly sent: readonly unknown[] } {
  const reports: unknown[] = [];
  const router = new ScriptedRouter();
  const { session } = joined(router, { report: (error) => reports.push(error) });
  const { log, subscription } = heard(session.serve(registry));
  return { router, reports, log, stop: () => subscription.unsubscribe(), sent: router.take() };
}

const urisOf = (registry: Registry): readonly unknown[] => served(registry).sent.map((list) => (list as unknown[])[3]);

describe('Registry', () => {
  it('registers and subscribes behind its prefix, with its defaults, and emits the registrations', () => {
    const registry = new Registry({ prefix: 'com.calc', procedures: { invoke: 'roundrobin' }, topics: { match: 'prefix' } })
      .procedure('sub', () => 1)
      .procedure('one', () => 1, { invoke: 'single' })
      .procedure('both', () => 1, { invoke: undefined, match: 'prefix' })
      .subscriber('tick', () => {})
      .subscriber('tock', () => {}, { match: 'exact' });
    const { router, log, sent, stop } = served(registry);

    for (const request of [3, 4, 5]) router.send(65, request, 80 + request);

    expect(sent).toEqual([
      [32, 1, { match: 'prefix' }, 'com.calc.tick'], [32, 2, { match: 'exact' }, 'com.calc.tock'],
      [64, 3, { match: 'exact', invoke: 'roundrobin' }, 'com.calc.sub'], [64, 4, { match: 'exact', invoke: 'single' }, 'com.calc.one'], [64, 5, { match: 'prefix', invoke: 'roundrobin' }, 'com.calc.both'],
    ]);
    expect(log).toEqual([[{ id: 83, uri: 'com.calc.sub' }, { id: 84, uri: 'com.calc.one' }, { id: 85, uri: 'com.calc.both' }]]);
    stop();
    expect(router.take()).toEqual([[66, 6, 83], [66, 7, 84], [66, 8, 85]]);
  });

  it('errors where a procedure is refused, and undoes the others', () => {
    const { router, log } = served(new Registry().procedure('com.a', () => 1).procedure('com.b', () => 1));

    router.send(65, 1, 81);
    router.send(8, 64, 2, {}, 'wamp.error.procedure_already_exists');

    expect(log).toMatchObject([{ uri: 'wamp.error.procedure_already_exists' }]);
    expect(router.take()).toEqual([[66, 3, 81]]);
  });

  it('calls methods with `this`, and the arguments that they declare', () => {
    const calculator = new Calculator();
    const { router, reports } = served(new Registry({ prefix: 'com.calc' }).includeObject(calculator));
    for (const [at, request] of [3, 4, 5, 6].entries()) router.send(65, request, 80 + at);
    router.send(33, 1, 90);
    router.send(33, 2, 91);
    router.take();

    router.send(68, 1, 80, {}, [2, 3, 'more']);
    router.send(68, 2, 81, {}, ['ann', { procedure: 'forged' }]);
    router.send(68, 3, 81, {});
    router.send(68, 4, 83, {});
    router.send(36, 90, 1, {}, [7, 8]);
    const reset = calculator.total;
    router.send(36, 91, 55, {}, [1, 2, 3]);

    expect(router.take()).toMatchObject([[70, 1, {}, [5]], [70, 2, {}, [['ann', 'com.calc.whoami']]], [70, 3, {}, [[null, 'com.calc.whoami']]], [70, 4, {}, [[1, 2]]]]);
    expect([reset, calculator.total]).toEqual([7, 55]);
    expect(reports).toEqual([]);
  });

  it('sends what a generator yields as progress, and what it returns as the result', async () => {
    await tidyMarbles.async(({ client, expectObservable }) => {
      client().serve(new Registry({ prefix: 'com.calc' }).includeObject(new Calculator())).pipe(takeUntil(timer(5))).subscribe();

      expectObservable(new Observable((seen) => client().call('com.calc.count', [2], { progress: true }).subscribe({ next: ({ args: [value] }) => seen.next(value), complete: () => seen.complete() })))
        .toBe('(abc|)', { a: 1, b: 2, c: 'done' });
    });
  });

  it('adds what a subclass inherits, redefines, and marks anew', () => {
    class Better extends Calculator {
      @procedure('mul') mul(a: number, b: number): number { return a * b; }

      override add(a: number, b: number): number { return a - b; }

      @procedure('who') override whoami(name: string): unknown { return name; }
    }

    expect(urisOf(new Registry().includeObject(new Better()))).toEqual(['reset', 'seen', 'add', 'count', 'items', 'mul', 'who']);
  });

  it('calls the method of the subclass where that has one in its place', () => {
    class Contrary extends Calculator {
      override add(a: number, b: number): number { return a - b; }
    }
    const { router, sent } = served(new Registry().includeObject(new Contrary()));
    const at = (sent as [number, number, unknown, string][]).find(([, , , uri]) => uri === 'add')?.[1];
    router.send(65, at, 80);
    router.take();

    router.send(68, 1, 80, {}, [5, 3]);

    expect(router.take()).toEqual([[70, 1, {}, [2]]]);
  });

  it('adds the static members of a class, with the class as `this`, and those of classes above it', () => {
    class Above {
      static factor = 1;

      @procedure('times') static times(value: number): number { return value * this.factor; }

      @procedure('other') static other(): number { return 1; }
    }
    class Service extends Above {
      static override factor = 3;

      @procedure('elsewhere') static override other(): number { return 2; }

      @procedure('own') own(): number { return 1; }
    }
    const { router, sent } = served(new Registry().includeObject(Service));
    router.send(65, 1, 80);
    router.take();

    router.send(68, 1, 80, {}, [5]);

    expect(sent.map((list) => (list as unknown[])[3])).toEqual(['times', 'elsewhere']);
    expect(urisOf(new Registry().includeObject(new Service()))).toEqual(['own']);
    expect(router.take()).toEqual([[70, 1, {}, [15]]]);
  });

  it('takes a method with two URIs, and an object at two prefixes', () => {
    class Twice {
      @procedure('b') @procedure('a') answer(): number { return 1; }
    }
    const object = new Twice();

    expect(urisOf(new Registry({ prefix: 'x' }).includeObject(object).includeObject(object, 'sub'))).toEqual(['x.a', 'x.b', 'x.sub.a', 'x.sub.b']);
    expect(urisOf(new Registry().includeObject(new Calculator(), 'a').includeObject(new Calculator(), 'b')).length).toBe(12);
  });

  it('names both places of a URI that is registered twice', () => {
    const registry = new Registry({ prefix: 'com' }).includeObject(new Calculator());
    const other = new Registry().procedure('add', () => 1);
    const thrownBy = (act: () => unknown): Error => { try { act(); } catch (error) { return error as Error; } throw new Error('nothing was thrown'); };

    const messages = [
      thrownBy(() => registry.procedure('add', () => 1)), thrownBy(() => registry.include(other)), thrownBy(() => registry.includeObject(new Calculator())),
      thrownBy(() => new Registry().procedure('a.<b>', () => 1).procedure('a.', () => 1, { match: 'wildcard' })), thrownBy(() => registry.error('com.calc.overflow', class extends OverflowError {})),
    ].map((error) => (error instanceof RegistryError ? error.message.replace(/ at \S*registry\.spec\S*:\d+:\d+/g, ' at HERE') : error));

    expect(messages).toEqual([
      'procedure com.add must be registered once, got it twice: by Calculator.add, and by procedure("add") at HERE',
      'procedure com.add must be registered once, got it twice: by Calculator.add, and by procedure("add") at HERE',
      'procedure com.add must be registered once, got it twice: by Calculator.add, and by Calculator.add',
      'procedure a. must be registered once, got it twice: by procedure("a.<b>") at HERE, and by procedure("a.") at HERE',
      'error com.calc.overflow must be registered once, got it twice: by Calculator.Overflow, and by error("com.calc.overflow") at HERE',
    ]);
  });

  it('takes the same URI with another match, several subscribers of a topic, and itself', () => {
    const registry = new Registry().procedure('com.a', () => 1).procedure('com.a', () => 1, { match: 'prefix' }).subscriber('com.t', () => {}).subscriber('com.t', () => {});

    expect(urisOf(registry)).toEqual(['com.t', 'com.a', 'com.a']);
    expect(urisOf(registry.include(registry, 'x'))).toEqual(['com.t', 'x.com.t', 'com.a', 'com.a', 'x.com.a', 'x.com.a']);
  });

  it('adds all of a registry or of an object, or nothing', () => {
    const registry = new Registry().procedure('add', () => 1).procedure('b', () => 1);
    const other = new Registry().procedure('a', () => 1).subscriber('t', () => {}).procedure('b', () => 1);

    expect(() => registry.include(other)).toThrow(RegistryError);
    expect(() => registry.includeObject(new Calculator())).toThrow(RegistryError);
    expect(urisOf(registry)).toEqual(['add', 'b']);
  });

  it('has what a tree of registries says, and nothing twice', () => {
    interface Tree { readonly prefix: string; readonly names: readonly string[]; readonly children: readonly (readonly [string, Tree])[] }
    const prefix = fc.constantFrom('', 'a', 'b', 'a.b');
    const treeOf = (depth: number): fc.Arbitrary<Tree> => fc.record({
      prefix, names: fc.array(fc.constantFrom('x', 'y', 'b.x'), { maxLength: 3 }), children: depth === 0 ? fc.constant([]) : fc.array(fc.tuple(prefix, treeOf(depth - 1)), { maxLength: 2 }),
    });
    const urisIn = ({ prefix: own, names, children }: Tree): readonly string[] => [...names, ...children.flatMap(([sub, child]) => urisIn(child).map((uri) => (sub === '' ? uri : `${sub}.${uri}`)))].map((uri) => (own === '' ? uri : `${own}.${uri}`));
    const build = ({ prefix: own, names, children }: Tree): Registry => {
      const registry = new Registry({ prefix: own });
      for (const name of names) registry.procedure(name, () => 1);
      for (const [sub, child] of children) registry.include(build(child), sub);
      return registry;
    };

    fc.assert(fc.property(treeOf(3), (plan) => {
      const uris = urisIn(plan);
      let registry: Registry | undefined;
      try {
        registry = build(plan);
      } catch (error) {
        expect(error).toBeInstanceOf(RegistryError);
      }
      // What is twice in a child is twice in the whole, and nothing else is.
      expect(registry === undefined).toBe(new Set(uris).size < uris.length);
      if (registry !== undefined) expect(urisOf(registry)).toEqual(uris);
    }));
  });

  it.each<[string, (registry: Registry) => unknown, Error]>([
    ['a URI that is none', (registry) => registry.procedure('a b', () => 1), new InvalidUriError('procedure must be')],
    ['a template that is none', (registry) => registry.subscriber('a.<b', () => 1), new InvalidUriError('template')],
    ['a procedure that is none', (registry) => registry.procedure('a', 5 as never), new TypeError('procedure must be a function')],
    ['a subscriber that is none', (registry) => registry.subscriber('a', 5 as never), new TypeError('subscriber must be a function, got 5')],
    ['an option of a procedure', (registry) => registry.procedure('a', () => 1, { concurrency: 0 }), new RangeError('concurrency must be')],
    ['an option of a topic', (registry) => registry.subscriber('a', () => 1, { grace: -1 }), new RangeError('grace must be')],
    ['a bound of a subscriber', (registry) => registry.subscriber('a', () => 1, { limit: -1 }), new RangeError('subscriber("a") at')],
    ['an error that is none', (registry) => registry.error('a', Error as never), new TypeError("errors['a'] must be")],
    ['a registry that is none', (registry) => registry.include({} as never), new TypeError('include must be given a Registry, got an object')],
    ['an object that is none', (registry) => registry.includeObject('x' as never), new TypeError('includeObject must be given an object or a class, got "x"')],
    ['an object without marks', (registry) => registry.includeObject(new Date()), new RegistryError('Date must have members that are decorated, got none')],
    ['a class without static marks', (registry) => registry.includeObject(class Plain {}), new RegistryError('Plain must have members that are decorated, got none')],
    ['a method that is gone', (registry) => registry.includeObject(Object.assign(new Calculator(), { add: 5 })), new RegistryError('Calculator.add must be a method, got 5')],
  ])('refuses %s when it is added', (_what, act, error) => {
    expect(() => act(new Registry())).toThrow(error.constructor as never);
    expect(() => act(new Registry())).toThrow(error.message);
  });

  it('maps errors both ways while it is served, and not after that', () => {
    class Full extends Error {}
    const full = mapError({ type: Full, read: () => new Full('read'), write: ({ message }) => [message] });
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const registry = new Registry().error('com.full', full).error('com.over', OverflowError).procedure('com.p', () => { throw new Full('written'); });
    const serving = session.serve(registry).subscribe();
    router.send(65, 1, 80);
    router.take();
    const calls = [1, 2].map(() => heard(session.call('com.q')).log);
    router.take();

    router.send(68, 1, 80, {});
    router.send(8, 48, 2, {}, 'com.full', ['x']);
    const answer = router.take();
    serving.unsubscribe();
    router.send(8, 48, 3, {}, 'com.full', ['x']);

    expect(answer).toEqual([[8, 68, 1, {}, 'com.full', ['written']]]);
    expect(calls).toEqual([[new Full('read')], [expect.any(ApplicationError)]]);
  });

  it('maps for a client in all of its sessions, and for no other client', () => {
    tidyMarbles(({ client, at }) => {
      const log: unknown[] = [];
      const own = client();
      client().register('com.p', () => { throw new ApplicationError('com.calc.overflow', { args: [1] }); }).pipe(takeUntil(timer(9_000))).subscribe();
      own.serve(new Registry().includeObject(new Calculator())).pipe(takeUntil(timer(9_000))).subscribe();
      const ask = (by: typeof own): void => { by.call('com.p').subscribe({ error: (error: unknown) => log.push(error instanceof OverflowError) }); };

      at(1, () => { ask(own); ask(client()); });
      at(2, () => own.link.cut());
      at(3, () => own.link.restore());
      at(8_000, () => ask(own));
      at(8_500, () => expect(log).toEqual([true, false, true]));
    });
  });

  it('registers anew in each session, and emits when all is there', () => {
    tidyMarbles(({ client, at }) => {
      const log: unknown[] = [];
      const own = client();
      own.serve(new Registry().procedure('com.a', () => 1).procedure('com.b', () => 2).subscriber('com.t', () => {})).pipe(takeUntil(timer(9_000))).subscribe((registrations) => log.push(registrations.map(({ uri }) => uri)));

      at(2, () => own.link.cut());
      at(3, () => own.link.restore());
      at(8_000, () => expect(log).toEqual([['com.a', 'com.b'], ['com.a', 'com.b']]));
    });
  });

  it('emits an empty list where there is nothing to register', () => {
    const { log } = served(new Registry().subscriber('com.t', () => {}));

    expect(log).toEqual([[]]);
  });
});

describe('a subscriber of a Registry', () => {
  /** A subscriber of com.t, and what it handled. */
  function subscribed(handler: (value: unknown, log: unknown[]) => unknown, options = {}): { readonly handled: unknown[]; readonly publish: (value: unknown) => void; readonly reports: unknown[]; readonly log: unknown[]; readonly stop: () => void } {
    const handled: unknown[] = [];
    const { router, reports, log, stop } = served(new Registry().subscriber('com.t', ({ args: [value] }) => handler(value, handled), options));
    router.send(33, 1, 80);
    return { handled, reports, log, stop, publish: (value) => router.send(36, 80, 1, {}, [value]) };
  }

  it('goes on behind a handler that fails, and reports what it failed with', () => {
    const failures = [new Error('thrown'), new Error('emitted')];
    const { publish, handled, reports } = subscribed((value, log) => {
      if (value === 1) throw failures[0];
      if (value === 2) return new Observable((own) => own.error(failures[1]));
      return log.push(value);
    });

    for (const value of [1, 2, 3]) publish(value);

    expect(handled).toEqual([3]);
    expect(reports).toEqual(failures);
  });

  it('has the next event wait for a handler that takes its time', () => {
    const ends: Subject<unknown>[] = [];
    const { publish, handled } = subscribed((value, log) => {
      log.push(value);
      return ends[ends.push(new Subject()) - 1];
    });

    publish(1);
    publish(2);
    const before = [...handled];
    ends[0]?.complete();

    expect(before).toEqual([1]);
    expect(handled).toEqual([1, 2]);
  });

  it('handles several at a time where it may, and errors where too many wait', () => {
    const { publish, handled, log } = subscribed((value, seen) => {
      seen.push(value);
      return NEVER;
    }, { concurrency: 2, limit: 1 });

    for (const value of [1, 2, 3, 4]) publish(value);

    expect(handled).toEqual([1, 2]);
    expect(log).toMatchObject([[], { code: 'overflow' }]);
  });

  it('drops what the options say', () => {
    const dropped: unknown[] = [];
    const { publish, log } = subscribed(() => NEVER, { limit: 0, overflow: 'dropNewest', report: ({ reason }: { reason: unknown }) => dropped.push(reason) });

    for (const value of [1, 2]) publish(value);

    expect(log).toEqual([[]]);
    expect(dropped).toEqual(['dropNewest']);
  });

  it('stops what it does when it is not served any more', () => {
    let stopped = 0;
    const { publish, stop } = subscribed(() => NEVER.pipe(finalize(() => { stopped += 1; })));
    publish(1);

    stop();

    expect(stopped).toBe(1);
  });

  it('is waited for by a client that drains', () => {
    tidyMarbles(({ client, at, expectObservable }) => {
      const own = client();
      own.serve(new Registry().subscriber('com.t', ({ args: [ms] }) => (ms === 0 ? EMPTY : timer(Number(ms))))).subscribe();
      const other = client();
      at(5, () => { for (const ms of [0, 50]) other.publish('com.t', [ms]).subscribe(); });

      const draining = new Observable<string>((log) => own.drain().subscribe({ next: ({ topics, invocations }) => log.next(`${topics} ${invocations}`), complete: () => log.complete() }));

      expectObservable(timer(10).pipe((source) => new Observable<string>((log) => source.subscribe(() => draining.subscribe(log))))).toBe('10ms (ab) 41ms (c|)', { a: '1 1', b: '0 1', c: '0 0' });
    });
  });
});

describe('the decorators', () => {
  it.each<[string, () => unknown, string]>([
    ['a private method', () => { class Bad { @(procedure('x') as any) #x(): number { return 1; } peek(): unknown { return this.#x; } } return Bad; }, '@procedure("x") must mark a public method, got the method #x'],
    ['a field', () => { class Bad { @(procedure('x') as any) x = 1; } return Bad; }, '@procedure("x") must mark a public method, got the field x'],
    ['a getter', () => { class Bad { @(subscriber('x') as any) get x(): number { return 1; } } return Bad; }, '@subscriber("x") must mark a public method, got the getter x'],
    ['an accessor', () => { class Bad { @(subscriber('x') as any) static accessor x = 1; } return Bad; }, '@subscriber("x") must mark a public method, got the static accessor x'],
    ['a class', () => { @(procedure('x') as any) class Bad {} return Bad; }, '@procedure("x") must mark a public method, got the class Bad'],
    ['a field of an object', () => { class Bad { @(wampError('x') as any) Own = OverflowError; } return Bad; }, '@wampError("x") must mark a public static field, got the field Own'],
    ['a method', () => { class Bad { @(wampError('x') as any) static own(): number { return 1; } } return Bad; }, '@wampError("x") must mark a public static field, got the static method own'],
  ])('refuse %s when the class is defined', (_what, define, message) => {
    expect(define).toThrow(new TypeError(message));
  });

  it('leave what they mark as it is', () => {
    const calculator = new Calculator();

    expect(calculator.add(1, 2)).toBe(3);
    expect(Calculator.Overflow).toBe(OverflowError);
    expect(Object.keys(calculator)).toEqual(['total']);
  });

  it('mark errors that are heard of at the other end', () => {
    tidyMarbles(({ client, expectObservable }) => {
      client().serve(new Registry({ prefix: 'com.calc' }).includeObject(new Calculator())).pipe(takeUntil(timer(5))).subscribe();
      const failure = new Observable((log) => client().call('com.calc.add', [99, 2]).subscribe({ error: (error: unknown) => of(isApplicationError(error, 'com.calc.overflow') && error.args).subscribe(log) }));

      expectObservable(failure).toBe('(e|)', { e: [100] });
    });
  });
});
