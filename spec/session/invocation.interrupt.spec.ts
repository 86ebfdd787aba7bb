import { describe, expect, it } from '@jest/globals';
import { NEVER, Observable, Subject } from 'rxjs';
import { ApplicationError } from '../../lib/errors.ts';
import type { Invocation } from '../../lib/session/options.ts';
import { serving } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const PROGRESS = { receive_progress: true };

describe('an invocation that is interrupted', () => {
  it('is unsubscribed from, and answered when its finalizers have run', () => {
    const order: unknown[] = [];
    const { router, session } = serving(() => new Observable(() => () => { order.push(['finalized', ...router.take()]); session.publish('com.cleaned').subscribe(); }));
    router.send(68, 1, 80, {});

    router.send(69, 1, { mode: 'kill' });

    expect(order).toEqual([['finalized']]);
    expect(router.take()).toEqual([[16, 2, {}, 'com.cleaned'], [8, 68, 1, {}, 'wamp.error.canceled']]);
  });

  it.each([[{ mode: 'kill' }, 'kill'], [{ mode: 'killnowait', reason: 'wamp.error.timeout' }, 'wamp.error.timeout'], [{ mode: 'kill', reason: { a: 1 } }, 'kill'], [{ mode: 7 }, 'canceled'], [{}, 'canceled']])('knows its cause, %p', (options, cause) => {
    const seen: unknown[] = [];
    let running: Invocation | undefined;
    const { router } = serving((invocation) => {
      running = invocation;
      invocation.signal.addEventListener('abort', () => seen.push(invocation.signal.reason));
      return NEVER;
    });
    router.send(68, 1, 80, {});

    router.send(69, 1, options);

    expect([seen, running?.cause, running?.signal.aborted]).toEqual([[cause], cause, true]);
  });

  it('has an aborted signal also where it is asked for only afterwards', () => {
    let running: Invocation | undefined;
    const { router } = serving((invocation) => {
      running = invocation;
      return NEVER;
    });
    router.send(68, 1, 80, {});

    router.send(69, 1, { mode: 'kill' });

    expect([running?.signal.aborted, running?.signal.reason]).toEqual([true, 'kill']);
  });

  it.each([['resolves', () => 1], ['rejects', () => { throw new Error('aborted'); }]])('is answered once, and nothing is reported when its promise %s late', (_, end) => tidyMarbles.async(async ({ flush }) => {
    const { router, reports } = serving(async ({ signal }) => {
      await new Promise((resolve) => { signal.addEventListener('abort', resolve); });
      return end();
    });
    router.send(68, 1, 80, {});

    router.send(69, 1, {});
    await flush();

    expect([router.take(), reports]).toEqual([[[8, 68, 1, {}, 'wamp.error.canceled']], []]);
  }));

  it('ends an async generator where it stands', () => tidyMarbles.async(async ({ flush }) => {
    const order: string[] = [];
    const { router, reports } = serving(async function* ({ signal }) {
      try {
        yield 1;
        await new Promise((resolve) => { signal.addEventListener('abort', resolve); });
        order.push('woken');
        yield 2;
        order.push('went on');
      } finally {
        order.push('finalized');
      }
    });
    router.send(68, 1, 80, PROGRESS);
    await flush();

    router.send(69, 1, {});
    await flush();

    expect(order).toEqual(['woken', 'finalized']);
    expect([router.take(), reports]).toEqual([[[70, 1, { progress: true }, [1]], [8, 68, 1, {}, 'wamp.error.canceled']], []]);
  }));

  it('is answered also where its finalizer throws, which is reported', () => {
    const { router, session, subscription, reports, ends } = serving(() => new Observable(() => () => { throw new Error('finalizer'); }));
    router.send(68, 1, 80, {});

    router.send(69, 1, {});

    expect(router.take()).toEqual([[8, 68, 1, {}, 'wamp.error.canceled']]);
    expect([reports.length, ends]).toEqual([1, []]);
    subscription.unsubscribe();
    router.send(67, 2);
    expect(session.idle).toBe(true);
  });

  it.each<[string, () => unknown]>([
    ['throws', () => { throw new Error('broken'); }],
    ['rejects', () => Promise.reject(new Error('broken'))],
    ['gives no promise', () => undefined],
  ])('is answered also where the return() of its iterator %s', (_, end) => tidyMarbles.async(async ({ flush }) => {
    const { router } = serving(() => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}), return: end }) }));
    router.send(68, 1, 80, {});

    router.send(69, 1, {});
    await flush();

    expect(router.take()).toEqual([[8, 68, 1, {}, 'wamp.error.canceled']]);
  }));

  it('is left alone where nobody knows it, or it has been answered', () => {
    const { router, ends } = serving(() => 1);
    router.send(68, 1, 80, {});
    router.take();

    router.send(69, 1, {});
    router.send(69, 99, {});

    expect([router.take(), ends]).toEqual([[], []]);
  });

  it('has a free id again', () => {
    const { router } = serving(() => NEVER);
    router.send(68, 1, 80, {});
    router.send(69, 1, {});
    router.send(68, 1, 80, {});
    router.send(69, 1, {});

    expect(router.take()).toEqual([[8, 68, 1, {}, 'wamp.error.canceled'], [8, 68, 1, {}, 'wamp.error.canceled']]);
  });
});

describe('an invocation whose session is lost', () => {
  it('is stopped with the cause lost, and answers nothing', () => tidyMarbles.async(async ({ flush }) => {
    const stopped: string[] = [];
    const running: Invocation[] = [];
    const late = new Subject<number>();
    const { router, session, reports } = serving((invocation) => {
      running.push(invocation);
      if (running.length === 1) return new Observable(() => () => { stopped.push('observable'); });
      if (running.length === 2) return late;
      return (async function* () {
        try {
          yield 1;
          await new Promise((resolve) => { invocation.signal.addEventListener('abort', resolve); });
          yield 2;
        } finally {
          stopped.push('generator');
        }
      })();
    });
    for (const request of [1, 2, 3]) router.send(68, request, 80, PROGRESS);
    await flush();
    router.take();

    router.cut();
    late.next(1);
    await flush();

    expect(stopped).toEqual(['observable', 'generator']);
    expect(running.map(({ cause, signal }) => [cause, signal.reason])).toEqual(Array(3).fill(['lost', 'lost']));
    expect([late.observed, router.take(), reports, session.idle]).toEqual([false, [], [], true]);
  }));

  it('is stopped also where another one fails to stop', () => {
    const { router, session, ends, reports } = serving(() => new Observable(() => () => { throw new Error('finalizer'); }));
    router.send(68, 1, 80, {});
    router.send(68, 2, 80, {});

    router.cut();

    expect([reports.length, ends.length, session.idle]).toEqual([2, 1, true]);
  });

  it('comes to its end, onLoss: finish, and nobody hears what it answers', () => {
    const answers: Subject<number>[] = [];
    let cause: unknown;
    const { router, session, reports } = serving((invocation) => {
      const answer = new Subject<number>();
      answers.push(answer);
      answer.subscribe({ error: () => {}, complete: () => { cause = invocation.cause; } });
      return answer;
    }, { onLoss: 'finish' });
    for (const request of [1, 2, 3]) router.send(68, request, 80, PROGRESS);

    router.cut();
    const observed = answers.map((answer) => answer.observed);
    answers[0]?.next(1);
    answers[0]?.complete();
    answers[1]?.error(new Error('broken'));
    answers[2]?.error(new ApplicationError('com.refused'));

    expect([observed, cause, reports]).toEqual([[true, true, true], undefined, [new Error('broken')]]);
    expect([router.take(), session.idle]).toEqual([[], true]);
  });
});
