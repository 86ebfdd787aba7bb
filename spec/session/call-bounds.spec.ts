import { describe, expect, it } from '@jest/globals';
import { asyncScheduler } from 'rxjs';
import { CallBounds, isBounded, type Bounds } from '../../lib/session/call-bounds.ts';
import { inVirtualTime, type At } from '../support/virtual-time.ts';

/** What a call with these bounds is told, and when, while the plan is carried out. */
function told(bounds: Bounds, plan: (call: CallBounds, at: At) => void = () => {}): unknown[] {
  const log: unknown[] = [];
  inVirtualTime((at) => {
    const call = new CallBounds({
      timedOut: (what, ms) => log.push(`${asyncScheduler.now()}: no ${what} within ${ms}`),
      aborted: (reason) => log.push(`${asyncScheduler.now()}: ${String(reason)}`),
    }, bounds, asyncScheduler);
    plan(call, at);
  });
  return log;
}

describe('CallBounds', () => {
  it('tells once that there was no sign of life, and counts anew from each', () => {
    expect(told({ timeout: 10 })).toEqual(['10: no answer within 10']);
    expect(told({ timeout: 10 }, (call, at) => { at(6, () => call.extend()); at(12, () => call.extend()); })).toEqual(['22: no answer within 10']);
  });

  it('bounds the whole, whatever the signs of life', () => {
    expect(told({ timeout: 10, deadline: 15 }, (call, at) => { at(6, () => call.extend()); at(12, () => call.extend()); })).toEqual(['15: no end within 15']);
    expect(told({ timeout: 10, deadline: 15 })).toEqual(['10: no answer within 10']);
  });

  it('counts what has passed already, of both times', () => {
    expect(told({ timeout: 10, waited: 4 })).toEqual(['6: no answer within 10']);
    expect(told({ timeout: 10, waited: 4 }, (call, at) => at(3, () => call.extend()))).toEqual(['13: no answer within 10']);
    expect(told({ deadline: 10, waited: 4 })).toEqual(['6: no end within 10']);
    expect(told({ timeout: 10, waited: 40 })).toEqual(['0: no answer within 10']);
  });

  it('counts no time in which nothing can be expected', () => {
    let isPaused = true;

    const log = told({ timeout: 10, isPaused: () => isPaused }, (call, at) => at(25, () => { isPaused = false; call.extend(); }));

    expect(log).toEqual(['35: no answer within 10']);
  });

  it('hears the signal, and leaves no listener behind, whatever ends it', () => {
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...given: Parameters<typeof add>) => { listeners += 1; add(...given); };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => { listeners -= 1; remove(...given); };

    expect(told({ signal }, (call, at) => at(1, () => call.stop()))).toEqual([]);
    expect(told({ signal, timeout: 5 })).toEqual(['5: no answer within 5']);
    expect(told({ signal, timeout: 5, deadline: 5 }, (_, at) => at(2, () => controller.abort('enough')))).toEqual(['2: enough']);
    expect(listeners).toBe(0);
  });

  it('tells nothing once it was stopped', () => {
    expect(told({ timeout: 5, deadline: 7 }, (call, at) => at(4, () => call.stop()))).toEqual([]);
  });
});

describe('isBounded', () => {
  it('takes 0 for no limit', () => {
    expect([{}, { timeout: 0, deadline: 0 }, { timeout: 1 }, { deadline: 1 }, { signal: new AbortController().signal }].map(isBounded)).toEqual([false, false, true, true, true]);
  });
});
