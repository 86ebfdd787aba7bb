import { describe, expect, it } from '@jest/globals';
import { map, of, takeUntil, timer, toArray } from 'rxjs';
import { z } from 'zod';
import { defineApi } from '../../lib/contract/define-api.ts';
import { FinalAnswer, result } from '../../lib/session/options.ts';
import { checkedSession } from '../support/checked-session.ts';
import { heard } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const api = defineApi({
  procedures: {
    'com.pay': {
      result: z.coerce.number(), resultKwargs: z.strictObject({ at: z.string().min(1), unit: z.string().default('EUR') }),
      progress: z.string(), progressKwargs: z.strictObject({ step: z.coerce.number() }),
    },
    'com.named': { resultKwargs: z.object({ name: z.string() }) },
    'com.plain': { result: z.number() },
  },
});

describe('defineApi', () => {
  it('hands the keyword arguments of results on as their schemas read them', () => {
    const { router, session } = checkedSession(api);
    const { log } = heard(session.call('com.pay', [], { progress: true }));

    router.send(50, 1, { progress: true }, ['half'], { step: '1' });
    router.send(50, 1, {}, ['5', 'more'], { at: 'now' });

    expect(log).toMatchObject([{ progress: true, args: ['half'], kwargs: { step: 1 } }, { progress: false, args: [5, 'more'], kwargs: { at: 'now', unit: 'EUR' } }, 'complete']);
  });

  it('leaves those alone of which it says nothing', () => {
    const { router, session } = checkedSession(api);
    const { log } = heard(session.call('com.plain'));

    router.send(50, 1, {}, [5], { any: 1 });

    expect(log).toMatchObject([{ args: [5], kwargs: { any: 1 } }, 'complete']);
  });

  it('says all that is wrong with a result: its value, and its keyword arguments', () => {
    const { router, session } = checkedSession(api);
    const { log } = heard(session.call('com.pay'));

    router.send(50, 1, {}, ['x'], { at: '', other: 1 });

    expect(log).toMatchObject([{ code: 'type-check', effect: 'unknown', issues: [{ path: ['args', 0] }, { path: ['kwargs', 'at'] }, { path: ['kwargs'] }] }]);
  });

  it.each([[['5']], [['5'], {}]])('takes no result for one without those that are required (%#)', (...payload) => {
    const { router, session } = checkedSession(api);
    const { log } = heard(session.call('com.pay'));

    router.send(50, 1, {}, ...payload);

    expect(log).toMatchObject([{ code: 'type-check', issues: [{ path: ['kwargs', 'at'] }] }]);
  });

  it('cancels a call whose progress has others', () => {
    const { router, session } = checkedSession(api);
    const { log } = heard(session.call('com.pay', [], { progress: true }));
    router.take();

    router.send(50, 1, { progress: true }, ['half'], { step: 'x' });

    expect(log).toMatchObject([{ code: 'type-check', issues: [{ path: ['kwargs', 'step'] }] }]);
    expect(router.take()).toEqual([[49, 1, { mode: 'killnowait' }]]);
  });

  it('takes an empty end after progressive results for what it is', () => {
    const { router, session } = checkedSession(api);
    const { log } = heard(session.call('com.pay', [], { progress: true }));

    router.send(50, 1, { progress: true }, ['half'], { step: 1 });
    router.send(50, 1, {});

    expect(log).toMatchObject([{ progress: true }, 'complete']);
  });

  it('sends an answer as it was given', () => {
    const { router, session } = checkedSession(api);
    session.register('com.pay', () => result(['5', 'more'], { at: 'now' })).subscribe();
    router.send(65, 1, 80);
    router.take();

    router.send(68, 1, 80, {});

    expect(router.take()).toEqual([[70, 1, {}, ['5', 'more'], { at: 'now' }]]);
  });

  it.each([
    [() => '5', ['kwargs', 'at']],
    [() => result(['5'], { at: '' }), ['kwargs', 'at']],
    [() => result(['x'], { at: 'now' }), ['args', 0]],
  ])('sends no answer with others, and reports it (%#)', (procedure, path) => {
    const { router, session, reports } = checkedSession(api);
    session.register('com.pay', procedure).subscribe();
    router.send(65, 1, 80);
    router.take();

    router.send(68, 1, 80, {});

    expect(router.take()).toMatchObject([[8, 68, 1, {}, 'wamp.error.runtime_error', [expect.stringMatching(/^result of com\.pay must be as its contract says/)]]]);
    expect(reports).toMatchObject([{ code: 'type-check', operation: { verb: 'register', uri: 'com.pay' }, issues: [{ path }] }]);
  });

  it('stops a procedure that reports with others', () => {
    const { router, session, reports } = checkedSession(api);
    session.register('com.pay', () => of(result(['half'], { step: 1 }), result(['more'], { step: 'x' }))).subscribe();
    router.send(65, 1, 80);
    router.take();

    router.send(68, 1, 80, { receive_progress: true });

    expect(router.take()).toMatchObject([[70, 1, { progress: true }, ['half'], { step: 1 }], [8, 68, 1, {}, 'wamp.error.runtime_error', [expect.any(String)]]]);
    expect(reports).toMatchObject([{ issues: [{ path: ['kwargs', 'step'] }] }]);
  });

  it('looks at an end that has nothing but keyword arguments', () => {
    const { router, session, reports } = checkedSession(api);
    session.register('com.named', () => of(1, new FinalAnswer([], { name: 5 }))).subscribe();
    router.send(65, 1, 80);
    router.take();

    router.send(68, 1, 80, { receive_progress: true });

    expect(router.take()).toMatchObject([[70, 1, { progress: true }, [1]], [8, 68, 1, {}, 'wamp.error.runtime_error', [expect.any(String)]]]);
    expect(reports).toMatchObject([{ issues: [{ path: ['kwargs', 'name'] }] }]);
  });

  it('takes the agreement about credit out of a stream before it looks at keyword arguments', async () => {
    await tidyMarbles.async(({ client, expectObservable }) => {
      client({ api }).register('com.pay', async function* () { for (let step = 1; step < 4; step += 1) yield result(['part'], { step }); return result([5], { at: 'now' }); }).pipe(takeUntil(timer(5))).subscribe();

      const stream = client({ api }).callStream('com.pay', [], { credit: 2 }).pipe(map(({ args: [value], kwargs }) => [value, kwargs]), toArray());

      expectObservable(stream).toBe('(r|)', { r: [['part', { step: 1 }], ['part', { step: 2 }], ['part', { step: 3 }], [5, { at: 'now', unit: 'EUR' }]] });
    });
  });
});
