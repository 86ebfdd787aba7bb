import { describe, expect, it } from '@jest/globals';
import { EMPTY, NEVER, Observable, catchError, firstValueFrom, map, merge, mergeMap, timer } from 'rxjs';
import { InvalidUriError, TimeoutError, TransportLostError } from '../../lib/errors.ts';
import type { Invocation, RegisterOptions } from '../../lib/session/options.ts';
import { ScriptedRouter, heard, serving, type Serving } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';
import { inVirtualTime } from '../support/virtual-time.ts';

const CALL = 48;
const CANCELED = [8, 68, 1, {}, 'wamp.error.canceled'];

/** Of a dealer that says it knows call timeouts, and hands them on. */
const timekeeper = (): ScriptedRouter => new ScriptedRouter({
  welcome: { roles: { broker: {}, dealer: { features: { call_canceling: true, call_timeout: true, progressive_call_results: true } } } },
});

/** Runs one invocation, which gives itself away. */
function invoked(answer: (invocation: Invocation) => unknown = () => NEVER, options?: RegisterOptions): Serving & { readonly invocation: Invocation } {
  const seen: Invocation[] = [];
  const stage = serving((given) => {
    seen.push(given);
    return answer(given);
  }, options);
  stage.router.send(68, 1, 80, {});
  const [invocation] = seen;
  if (invocation === undefined) throw new Error('the procedure was not run');
  return { ...stage, invocation };
}

describe('Invocation.call', () => {
  it('calls in the session that the invocation came on, once for each subscriber', () => {
    const { router } = invoked(({ call }) => call<number>('com.q', [1]).pipe(map(({ args: [value] }) => value * 2)));
    expect(router.take()).toEqual([[CALL, 2, {}, 'com.q', [1]]]);

    router.send(50, 2, {}, [21]);

    expect(router.take()).toEqual([[70, 1, {}, [42]]]);
  });

  it('refuses a mistake at the call, and hands on what is refused on the wire', () => {
    const { router, invocation } = invoked();
    const { log } = heard(invocation.call('com.q'));

    router.send(8, CALL, 2, {}, 'com.no');

    expect(log).toEqual([expect.objectContaining({ uri: 'com.no' })]);
    expect(() => invocation.call('')).toThrow(InvalidUriError);
    expect(() => invocation.publish('')).toThrow(InvalidUriError);
  });

  it('is cancelled first, then the procedure cleans up, then the caller is answered', () => {
    const order: unknown[] = [];
    const { router } = invoked(({ call, signal }) => {
      signal.addEventListener('abort', () => order.push('signal', ...router.take()));
      return merge(call('com.q'), new Observable(() => () => order.push('finalizer', ...router.take())));
    });
    router.take();

    router.send(69, 1, { mode: 'kill' });

    expect([...order, ...router.take()]).toEqual(['signal', [49, 2, { mode: 'killnowait' }], 'finalizer', CANCELED]);
  });

  it.each<[string, RegisterOptions, (stage: Serving) => void]>([
    ['its registration ends', { onStop: 'interrupt' }, ({ subscription }) => subscription.unsubscribe()],
    ['a newer one takes its place', { strategy: 'switch' }, ({ router }) => router.send(68, 2, 80, {})],
    ['it is interrupted', {}, ({ router }) => router.send(69, 1, {})],
  ])('is cancelled when %s', (_, options, end) => {
    const stage = invoked(({ call }) => call('com.q'), options);
    stage.router.take();

    end(stage);

    expect(stage.router.take().slice(0, 2)).toEqual([[49, 2, { mode: 'killnowait' }], CANCELED]);
  });

  it('rejects for a promise that waits for it, and does not begin what would have come instead in an Observable', () => tidyMarbles.async(async ({ flush }) => {
    const began: string[] = [];
    const rejected: unknown[] = [];
    const { router, reports } = invoked(({ call }) => {
      firstValueFrom(call('com.promised')).catch((error: unknown) => rejected.push(error));
      return call('com.observed').pipe(catchError(() => { began.push('instead'); return EMPTY; }));
    });
    router.take();

    router.send(69, 1, { mode: 'kill' });
    await flush();

    expect([began, reports]).toEqual([[], []]);
    expect(rejected).toEqual([expect.objectContaining({ uri: 'wamp.error.canceled', args: ['the invocation that called was interrupted: kill'], effect: 'unknown' })]);
    expect(router.take()).toEqual([[49, 2, { mode: 'killnowait' }], [49, 3, { mode: 'killnowait' }], CANCELED]);
  }));

  it('sends nothing once the invocation was interrupted', () => {
    const { router, invocation } = invoked();
    router.send(69, 1, {});
    router.take();

    const logs = [heard(invocation.call('com.q')).log, heard(invocation.publish('com.t')).log];

    expect(logs).toEqual(Array(2).fill([expect.objectContaining({ uri: 'wamp.error.canceled', effect: 'none' })]));
    expect(router.take()).toEqual([]);
  });

  it('goes on when the invocation has been answered, and can be made then', () => {
    const { router, invocation } = invoked(({ call }) => { call('com.q').subscribe(); return 1; });
    const late = heard(invocation.call('com.late'));

    expect(router.take().map(([type, , , what]) => [type, what])).toEqual([[CALL, 'com.q'], [70, [1]], [CALL, 'com.late']]);
    router.send(50, 3, {}, [7]);
    expect(late.log).toEqual([expect.objectContaining({ args: [7] }), 'complete']);
  });

  it('sends CANCEL when it is unsubscribed from, and is forgotten', () => {
    const { router, invocation } = invoked();
    heard(invocation.call('com.q')).subscription.unsubscribe();
    router.take();

    router.send(69, 1, {});

    expect(router.take()).toEqual([CANCELED]);
  });

  it('is stopped, and does not fail, where the session is lost', () => {
    const began: unknown[] = [];
    const { router, invocation, reports, session } = invoked(({ call }) => call('com.q').pipe(catchError((error: unknown) => { began.push(error); return EMPTY; })));
    const promised = heard(invocation.call('com.promised'));

    router.cut();

    expect([began, reports, invocation.cause, session.idle]).toEqual([[], [], 'lost', true]);
    expect(promised.log).toEqual([expect.any(TransportLostError)]);
    expect(heard(invocation.call('com.q')).log).toEqual([expect.objectContaining({ uri: 'wamp.error.canceled' })]);
  });

  it.each<[string, (invocation: Invocation) => unknown, RegisterOptions]>([
    ['outlives the session', () => NEVER, { onLoss: 'finish' }],
    ['has been answered', () => 1, {}],
  ])('fails with the session where the invocation %s', (_, answer, options) => {
    const { router, invocation, reports } = invoked(answer, options);
    const { log } = heard(invocation.call('com.q'));

    router.cut();

    expect([log, invocation.cause, reports]).toEqual([[expect.any(TransportLostError)], undefined, []]);
    expect(heard(invocation.call('com.q')).log).toEqual([expect.objectContaining({ code: 'not-joined' })]);
  });

  it('tells of the loss where what is called first ends the invocation', () => {
    let end = (): void => {};
    const { router, session, invocation } = invoked(() => new Observable((subscriber) => { end = () => subscriber.complete(); }));
    session.call('com.before').subscribe({ error: () => {} });
    const held = heard(invocation.call('com.q'));
    session.call('com.after').subscribe({ error: () => end() });

    router.cut();

    expect(held.log).toEqual([expect.any(TransportLostError)]);
  });
});

describe('Invocation.publish', () => {
  it('publishes in the session that the invocation came on', () => {
    const { router } = invoked(({ publish }) => publish('com.t', [1]).pipe(map(() => 'done')));

    expect(router.take()).toEqual([[16, 2, {}, 'com.t', [1]], [70, 1, {}, ['done']]]);
  });

  it('waits for no acknowledgement once the invocation was interrupted', () => {
    const { router, invocation } = invoked();
    const { log } = heard(invocation.publish('com.t', [1], { acknowledge: true }));

    router.send(69, 1, {});
    router.send(17, 2, 99);

    expect(log).toEqual([expect.objectContaining({ uri: 'wamp.error.canceled' })]);
  });
});

describe('Invocation.deadline', () => {
  // INVOCATION timeout 50     i---------------------------------------------t   t ERROR timeout
  it('ends the invocation when the time of the caller is over', () => {
    let running: Invocation | undefined;
    const { router, session, subscription } = serving((invocation) => { running = invocation; return NEVER; }, {}, 'com.p', timekeeper());
    const seen: unknown[] = [];

    const end = inVirtualTime((at) => {
      at(10, () => { router.send(68, 1, 80, { timeout: 50 }); seen.push(running?.deadline); });
      at(59, () => seen.push(router.take()));
      at(61, () => seen.push(router.take()));
    });

    expect(seen).toEqual([60, [], [[8, 68, 1, {}, 'wamp.error.timeout']]]);
    expect([running?.cause, running?.deadline, end]).toEqual(['deadline', 60, 61]);
    subscription.unsubscribe();
    router.send(67, 2);
    expect(session.idle).toBe(true);
  });

  // INVOCATION timeout 50     i----r----r----r-----t   r at 40, 80, 120; t ERROR timeout at 170
  it('is put off by each progressive result', () => {
    const { router } = serving(() => merge(timer(40), timer(80), timer(120), NEVER), {}, 'com.p', timekeeper());
    const seen: unknown[] = [];

    const end = inVirtualTime((at) => {
      at(0, () => router.send(68, 1, 80, { timeout: 50, receive_progress: true }));
      at(169, () => seen.push(router.take()));
      at(171, () => seen.push(router.take()));
    });

    const result = [70, 1, { progress: true }, [0]];
    expect([seen, end]).toEqual([[[result, result, result], [[8, 68, 1, {}, 'wamp.error.timeout']]], 171]);
  });

  it('keeps no timer for an invocation that has been answered or interrupted', () => {
    const { router } = serving(({ args: [ms] }) => timer(ms as number), {}, 'com.p', timekeeper());

    const end = inVirtualTime((at) => {
      at(0, () => { for (const request of [1, 2]) router.send(68, request, 80, { timeout: 1000 }, [request * 10]); });
      at(15, () => router.send(69, 2, {}));
    });

    expect(end).toBe(15);
  });

  it('is counted from when the invocation came, also while it waits', () => {
    const { router } = serving(() => NEVER, { strategy: 'concat' }, 'com.p', timekeeper());
    const sent: unknown[] = [];

    inVirtualTime((at) => {
      at(0, () => { router.send(68, 1, 80, {}); router.send(68, 2, 80, { timeout: 20 }); });
      at(21, () => sent.push(router.take()));
    });

    expect(sent).toEqual([[[8, 68, 2, {}, 'wamp.error.timeout']]]);
  });

  it.each([[0], [-5], ['100'], [null], [2 ** 53], [{}], [[]], [true]])('is not taken from a timeout of %p', (timeout) => {
    const seen: unknown[] = [];
    const { router, ends } = serving(({ deadline }) => { seen.push(deadline); return NEVER; }, {}, 'com.p', timekeeper());

    const end = inVirtualTime((at) => { at(0, () => router.send(68, 1, 80, { timeout })); });

    expect([seen, end, ends]).toEqual([[undefined], 0, []]);
  });

  it('is not taken from a dealer that does not announce the feature: some mean seconds', () => {
    const seen: unknown[] = [];
    const { router } = serving(({ deadline }) => { seen.push(deadline); return NEVER; });

    router.send(68, 1, 80, { timeout: 5 });

    expect(seen).toStrictEqual([undefined]);
  });

  // deadline 100, a call made at 40 with a timeout of its own
  it.each<[number | undefined, number, string]>([
    [undefined, 100, 'deadline of the invocation that called is over'],
    [0, 100, 'deadline of the invocation that called is over'],
    [500, 100, 'deadline of the invocation that called is over'],
    [20, 60, 'no answer from com.q within 20 ms'],
  ])('gives a call that may take %p ms what is left: over at %p', (timeout, at, message) => {
    const errors: unknown[] = [];
    const router = timekeeper();
    const times: number[] = [];

    inVirtualTime((plan) => {
      serving((invocation) => {
        timer(40).pipe(mergeMap(() => invocation.call('com.q', [], { timeout }))).subscribe({ error: (error: unknown) => { errors.push(error); } });
        return NEVER;
      }, {}, 'com.p', router);
      router.send(68, 1, 80, { timeout: 100 });
      router.take();
      for (let ms = 0; ms < 120; ms++) plan(ms + 0.5, () => { if (router.take().some(([type]) => type === 49)) times.push(ms); });
    });

    expect([errors.map((error) => [error instanceof TimeoutError, (error as Error).message]), times]).toEqual([[[true, message]], [at]]);
  });

  it.each([[undefined, 60], [500, 60], [20, 20]])('gives a call that may take %p ms what is left, also where the invocation has been answered', (timeout, ms) => {
    const logs: unknown[][] = [];
    const router = timekeeper();

    inVirtualTime((at) => {
      serving((invocation) => {
        at(40, () => logs.push(heard(invocation.call('com.q', [], { timeout })).log));
        return 1;
      }, {}, 'com.p', router);
      router.send(68, 1, 80, { timeout: 100 });
    });

    expect(logs).toEqual([[expect.objectContaining({ code: 'timeout', message: `no answer from com.q within ${ms} ms` })]]);
  });

  it('leaves no time for a call that is made behind it', () => {
    let running: Invocation | undefined;
    const router = timekeeper();
    const logs: unknown[] = [];

    inVirtualTime((at) => {
      serving((invocation) => { running = invocation; return 1; }, {}, 'com.p', router);
      router.send(68, 1, 80, { timeout: 10 });
      at(11, () => logs.push(running === undefined ? [] : heard(running.call('com.q')).log));
    });

    expect(logs).toEqual([[expect.any(TimeoutError)]]);
  });
});

describe('an ApplicationError of a nested call', () => {
  it('is the answer where the procedure lets it through', () => {
    const { router, reports } = invoked(({ call }) => call('com.q'));
    router.take();

    router.send(8, CALL, 2, {}, 'com.sold_out', ['sorry']);

    expect([router.take(), reports]).toEqual([[[8, 68, 1, {}, 'com.sold_out', ['sorry']]], []]);
  });
});
