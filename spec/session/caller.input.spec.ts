import { describe, expect, it } from '@jest/globals';
import { EMPTY, NEVER, Observable, Subject, interval, map, of, range, retry, tap, throwError } from 'rxjs';
import { FeatureNotSupportedError, SerializationError } from '../../lib/errors.ts';
import { CALL, ERROR, RESULT } from '../../lib/testing/builders.ts';
import type { PayloadInput } from '../../lib/types.ts';
import { ScriptedRouter, heard, joined } from '../support/scripted-router.ts';
import { inVirtualTime } from '../support/virtual-time.ts';

const MORE = { progress: true };
const KILLNOWAIT = { mode: 'killnowait' };

/** A router that lets calls go both ways. */
function twoWay(): ScriptedRouter {
  return new ScriptedRouter({ welcome: { roles: { dealer: { features: { progressive_call_results: true, progressive_call_invocations: true, call_canceling: true } } } } });
}

/** A source that says when it is subscribed to. */
function source(): { readonly input$: Subject<PayloadInput>; readonly isWanted: () => boolean } {
  const input$ = new Subject<PayloadInput>();
  return { input$, isWanted: () => input$.observed };
}

describe('Session.call with an input', () => {
  it('opens the call, sends each value under the same id, and ends it with the input', () => {
    const router = twoWay();
    const { session } = joined(router);
    const { input$, isWanted } = source();
    const call = session.call('com.sum', input$, { discloseMe: true, progress: true });
    expect([isWanted(), router.take()]).toEqual([false, []]);

    const { log } = heard(call);
    expect(router.take()).toEqual([[48, 1, { receive_progress: true, progress: true, disclose_me: true }, 'com.sum']]);
    session.call('com.other').subscribe();
    input$.next([1]);
    input$.next({ kwargs: { two: 2 } });
    input$.complete();
    router.send(50, 1, {}, [3]);

    expect(router.take()).toEqual([
      [48, 2, {}, 'com.other'], [48, 1, MORE, 'com.sum', [1]], [48, 1, MORE, 'com.sum', [], { two: 2 }], [48, 1, {}, 'com.sum'],
    ]);
    expect(log).toEqual([expect.objectContaining({ progress: false, args: [3] }), 'complete']);
  });

  it('makes a call of its own, with the input, for each subscriber', () => {
    const router = twoWay();
    const call = joined(router).session.call('com.sum', of([1]));

    call.subscribe();
    call.subscribe();

    expect(router.take().map(([, id]) => id)).toEqual([1, 1, 1, 2, 2, 2]);
  });

  it('sends nothing where the router does not announce the feature', () => {
    const router = new ScriptedRouter();
    const { input$, isWanted } = source();

    const { log } = heard(joined(router).session.call('com.sum', input$));

    expect(log).toEqual([expect.any(FeatureNotSupportedError)]);
    expect(log).toEqual([expect.objectContaining({ effect: 'none', operation: { verb: 'call', uri: 'com.sum' } })]);
    expect([router.take(), isWanted()]).toEqual([[], false]);
  });

  it('cancels where the input errors, and errors with that', () => {
    const router = twoWay();
    const failure = new Error('no more');

    const { log } = heard(joined(router).session.call('com.sum', throwError(() => failure)));
    router.send(8, 48, 1, {}, 'wamp.error.canceled');

    expect(log).toEqual([failure]);
    expect(router.take()).toEqual([[48, 1, MORE, 'com.sum'], [49, 1, KILLNOWAIT]]);
  });

  it('is cancelled before anybody hears of it, who may call again', () => {
    const router = twoWay();
    const call = joined(router).session.call('com.sum', throwError(() => 'no more'));

    heard(call.pipe(retry(1)));

    expect(router.take().map(([type, id]) => [type, id])).toEqual([[48, 1], [49, 1], [48, 2], [49, 2]]);
  });

  it.each<[unknown, string, new () => Error]>([
    ['a text', 'is no payload', TypeError], [{ a: 1 }, 'is no payload', TypeError], [[() => 1], 'cannot be written', SerializationError as never],
  ])('cancels where a value of the input (%p) %s', (value, _, cause) => {
    const router = twoWay();
    const { session, ends } = joined(router);
    const { input$, isWanted } = source();
    const { log } = heard(session.call('com.sum', input$));
    router.take();

    input$.next(value as never);

    expect(log).toEqual([new TypeError('input of com.sum must be of payloads that can be written')]);
    expect((log[0] as Error).cause).toBeInstanceOf(cause);
    expect([router.take(), isWanted(), ends]).toEqual([[[49, 1, KILLNOWAIT]], false, []]);
  });

  it.each<[string, (router: ScriptedRouter, subscription: { unsubscribe(): void }) => void, unknown[]]>([
    ['a result', (router) => router.send(50, 1, {}), []],
    ['an error', (router) => router.send(8, 48, 1, {}, 'com.x'), []],
    ['unsubscribing', (_, subscription) => subscription.unsubscribe(), [[49, 1, KILLNOWAIT]]],
    ['the loss of the session', (router) => router.cut(), []],
  ])('is done with the input after %s, and sends no more of it', (_, end, sent) => {
    const router = twoWay();
    const { input$, isWanted } = source();
    const { subscription } = heard(joined(router).session.call('com.sum', input$));
    router.take();

    end(router, subscription);
    const wanted = isWanted();
    input$.next([1]);

    expect([wanted, router.take()]).toEqual([false, sent]);
  });

  it('is done with the input before the result is emitted', () => {
    const router = twoWay();
    const { input$, isWanted } = source();
    const seen: boolean[] = [];
    joined(router).session.call('com.sum', input$).subscribe(() => seen.push(isWanted()));

    router.send(50, 1, {}, [1]);

    expect(seen).toEqual([false]);
  });

  it('asks nothing of the input where the call has ended before it was written to its end', () => {
    const router = twoWay();
    router.expect(CALL('com.sum')).reply(ERROR('wamp.error.no_such_procedure'));
    let subscriptions = 0;

    const { log } = heard(joined(router).session.call('com.sum', new Observable(() => { subscriptions += 1; })));

    expect([subscriptions, log.length]).toEqual([0, 1]);
  });

  it('stops an input that emits without end as soon as the call is over', () => {
    const router = twoWay();
    for (let i = 0; i < 4; i++) router.expect(CALL('com.sum'));
    router.expect(CALL('com.sum')).reply(RESULT(['enough']));
    const numbers$ = range(0, 1000).pipe(map((n): PayloadInput => [n]));
    let sent = 0;

    const { log } = heard(joined(router).session.call('com.sum', numbers$.pipe(tap(() => { sent += 1; }))));

    expect([sent, log.length]).toEqual([4, 2]);
  });

  it('completes an empty input at once, and still waits for the answer', () => {
    const router = twoWay();

    const { log } = heard(joined(router).session.call('com.sum', EMPTY));

    expect(router.take()).toEqual([[48, 1, MORE, 'com.sum'], [48, 1, {}, 'com.sum']]);
    expect(log).toEqual([]);
  });

  it('counts its time from the last answer, whatever is sent', () => {
    const over = inVirtualTime(() => {
      const router = twoWay();
      joined(router).session.call('com.sum', interval(3).pipe(map((n): PayloadInput => [n])), { timeout: 10 }).subscribe({ error: () => {} });
    });

    expect(over).toBe(10);
  });

  it('does not take an Observable for a payload elsewhere', () => {
    const { session } = joined(twoWay());

    expect(() => session.publish('com.x', NEVER as never)).toThrow(TypeError);
  });
});
