import { describe, expect, it } from '@jest/globals';
import { EMPTY, isObservable, map, of, switchMap, throwError, timer, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { Decider, type Answer, type AuthorizeSettings, type Question } from '../../lib/router/decider.ts';
import type { Decision, SessionInfo } from '../../lib/router/options.ts';
import type { MaybeLater } from '../../lib/auth/authenticator.ts';

const session = (authid: string, authrole = 'user'): SessionInfo => ({
  id: 7, realm: 'realm1', authid, authrole, authmethod: 'ticket', authprovider: 'static', transport: { type: 'memory', headers: { cookie: 'c' } },
});
const [ann, bob] = [session('ann'), session('bob')];
const CALL: Question = { action: 'call', uri: 'com.a', match: 'exact' };
const KEPT: Decision = { allow: true, cache: true };

/** A decider that gives these answers in turn, and what it was asked. */
function deciding(answers: readonly MaybeLater<Answer>[], settings: Partial<AuthorizeSettings['cache']> = {}, scheduler = new TestScheduler(() => {})): { decider: Decider; asked: unknown[][] } {
  const asked: unknown[][] = [];
  const decider = new Decider({
    settings: {
      by: (...question) => {
        asked.push(question);
        return answers[asked.length - 1] ?? false;
      },
      timeout: 100,
      cache: { ttl: 50, size: 10, per: 'authid', ...settings },
    },
    call: () => throwError(() => new Error('nobody is called')),
    scheduler,
  });
  return { decider, asked };
}

/** What the decider says to the same question so many milliseconds later. */
const askAfter = (time: number, decider: Decider): Observable<Answer> => timer(time).pipe(switchMap(() => {
  const answer = decider.ask(ann, CALL, {});
  return isObservable(answer) ? answer : of(answer);
}));

const inVirtualTime = (run: Parameters<TestScheduler['run']>[0]): unknown => new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(run);

describe('Decider', () => {
  it('asks again for what may not be kept', () => {
    const { decider, asked } = deciding([true, { allow: true }, { allow: false, cache: false }, true]);

    const answers = [1, 2, 3, 4].map(() => decider.ask(ann, CALL, {}));

    expect(answers).toEqual([true, { allow: true }, { allow: false, cache: false }, true]);
    expect(asked).toHaveLength(4);
  });

  it('keeps what may be kept, with what goes along', () => {
    const { decider, asked } = deciding([{ allow: true, cache: true, disclose: true, trustlevel: 3 }]);

    const [, again] = [decider.ask(ann, CALL, {}), decider.ask(ann, CALL, {})];

    expect(again).toEqual({ allow: true, disclose: true, trustlevel: 3 });
    expect(asked).toEqual([[ann, 'call', 'com.a', {}]]);
  });

  it('keeps a no like a yes', () => {
    const { decider, asked } = deciding([{ allow: false, cache: true }, true]);

    expect([decider.ask(ann, CALL, {}), decider.ask(ann, CALL, {})]).toEqual([{ allow: false, cache: true }, { allow: false }]);
    expect(asked).toHaveLength(1);
  });

  it('tells apart who asks for what', () => {
    const others: readonly (readonly [SessionInfo, Question])[] = [
      [bob, CALL], [session('ann', 'staff'), CALL], [ann, { ...CALL, action: 'register' }], [ann, { ...CALL, uri: 'com.b' }], [ann, { ...CALL, match: 'prefix' }],
    ];
    const { decider, asked } = deciding(Array.from({ length: 6 }, () => KEPT));

    decider.ask(ann, CALL, {});
    for (const [who, question] of others) decider.ask(who, question, {});
    for (const [who, question] of others) decider.ask(who, question, {});

    expect(asked).toHaveLength(6);
  });

  it('gives one decision to all of a role where it is told to', () => {
    const { decider, asked } = deciding([KEPT, false], { per: 'authrole' });

    expect([decider.ask(ann, CALL, {}), decider.ask(bob, CALL, {}), decider.ask(session('ann', 'staff'), CALL, {})]).toEqual([KEPT, { allow: true }, false]);
    expect(asked).toHaveLength(2);
  });

  it('keeps nothing under a key as long as a message', () => {
    const { decider, asked } = deciding([KEPT, KEPT]);
    const long = { ...CALL, uri: `com.${'a'.repeat(2000)}` };

    decider.ask(ann, long, {});
    decider.ask(ann, long, {});

    expect(asked).toHaveLength(2);
  });

  it('forgets a decision when its time is over', () => {
    const scheduler = new TestScheduler(() => {});
    let now = 0;
    scheduler.now = () => now;
    const { decider, asked } = deciding([KEPT, false], {}, scheduler);

    decider.ask(ann, CALL, {});
    now = 49;
    const before = decider.ask(ann, CALL, {});
    now = 50;
    const after = decider.ask(ann, CALL, {});

    expect([before, after, asked.length]).toEqual([{ allow: true }, false, 2]);
  });

  it('asks the same question once at a time', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const answer = cold<Answer>('---(k|)', { k: KEPT });
      const answerSubs = '         ^--!';
      const { decider, asked } = deciding([answer, false]);

      expectObservable(askAfter(0, decider)).toBe('---(k|)', { k: KEPT });
      expectObservable(askAfter(1, decider)).toBe('---(k|)', { k: KEPT });
      expectObservable(askAfter(4, decider)).toBe('----(k|)', { k: { allow: true } });

      expectSubscriptions(answer.subscriptions).toBe(answerSubs);
      expectObservable(timer(5).pipe(map(() => asked.length))).toBe('-----(n|)', { n: 1 });
    });
  });

  it('asks for each himself where the answer may not be kept, or is none', () => {
    for (const [drawing, values] of [['--(a|)', { a: true as Answer }], ['--#', {}]] as const) {
      inVirtualTime(({ cold, expectObservable }) => {
        const { decider, asked } = deciding([cold<Answer>(drawing, values), cold<Answer>('--(b|)', { b: false })]);

        expectObservable(askAfter(0, decider)).toBe(drawing, values);
        expectObservable(askAfter(1, decider)).toBe('----(b|)', { b: false });

        expectObservable(timer(5).pipe(map(() => [asked.length, decider.pending]))).toBe('-----(n|)', { n: [2, 0] });
      });
    }
  });

  it('gives a question up when nobody waits for it any more', () => {
    inVirtualTime(({ cold, expectObservable, expectSubscriptions }) => {
      const answer = cold<Answer>('----------a');
      const answerSubs = '         ^---!';
      const { decider } = deciding([answer]);

      expectObservable(askAfter(0, decider), '^-!').toBe('---');
      expectObservable(askAfter(1, decider), '^---!').toBe('---');

      expectSubscriptions(answer.subscriptions).toBe(answerSubs);
      expectObservable(timer(5).pipe(map(() => decider.pending))).toBe('-----(n|)', { n: 0 });
    });
  });

  it('waits no longer than it is told to', () => {
    const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
    scheduler.run(({ cold, expectObservable, expectSubscriptions }) => {
      const answer = cold<Answer>('150ms a');
      const answerSubs = '         ^ 99ms !';
      const { decider } = deciding([answer], {}, scheduler);

      expectObservable(decider.ask(ann, CALL, {}) as Observable<Answer>).toBe('100ms #', undefined, expect.objectContaining({ name: 'TimeoutError' }));

      expectSubscriptions(answer.subscriptions).toBe(answerSubs);
    });
  });

  it('forgets what the filter fits, and does not keep what was asked before', () => {
    const late = deciding([KEPT, KEPT, KEPT, KEPT, KEPT]);
    for (const who of [ann, bob]) late.decider.ask(who, CALL, {});

    expect(late.decider.invalidate({ authid: 'ann', uri: 'com.b' })).toBe(0);
    expect(late.decider.invalidate({ authid: 'ann' })).toBe(1);
    late.decider.ask(bob, CALL, {});
    expect(late.asked).toHaveLength(2);
    late.decider.ask(ann, CALL, {});
    expect(late.asked).toHaveLength(3);
    expect(late.decider.invalidate({})).toBe(2);
  });

  it('does not keep an answer to a question of before the invalidation', () => {
    inVirtualTime(({ cold, expectObservable }) => {
      const { decider } = deciding([cold<Answer>('--(k|)', { k: KEPT }), false]);

      expectObservable(askAfter(0, decider)).toBe('--(k|)', { k: KEPT });
      expectObservable(timer(1).pipe(map(() => decider.invalidate({})))).toBe('-(n|)', { n: 0 });
      expectObservable(askAfter(3, decider)).toBe('---(a|)', { a: false });
    });
  });

  it('calls a procedure with what those of Crossbar.io know', () => {
    const calls: unknown[] = [];
    const decider = new Decider({
      settings: { by: 'com.decide', timeout: 100, cache: { ttl: 50, size: 10, per: 'authid' } },
      call: (...call) => {
        calls.push(call);
        return of({ args: [{ allow: true }], kwargs: {} });
      },
      scheduler: new TestScheduler(() => {}),
    });
    const seen: unknown[] = [];

    (decider.ask(ann, CALL, { disclose_me: true }) as Observable<Answer>).subscribe((answer) => seen.push(answer));

    expect(seen).toEqual([{ allow: true }]);
    expect(calls).toEqual([['com.decide', [
      { realm: 'realm1', session: 7, authid: 'ann', authrole: 'user', authmethod: 'ticket', authprovider: 'static', transport: { type: 'memory' } },
      'com.a', 'call', { disclose_me: true },
    ]]]);
  });

  it('errors where there is no answer', () => {
    const { decider } = deciding([EMPTY]);
    const seen: unknown[] = [];

    (decider.ask(ann, CALL, {}) as Observable<Answer>).subscribe({ error: (error: unknown) => seen.push(error) });

    expect(seen).toEqual([expect.objectContaining({ name: 'EmptyError' })]);
  });
});
