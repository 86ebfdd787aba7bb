import { describe, expect, it } from '@jest/globals';
import { NEVER, Observable, VirtualTimeScheduler, asyncScheduler } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { Keepalive } from '../../lib/transports/keepalive.ts';
import { Rounds } from '../../lib/transports/rounds.ts';

const marbles = () => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

/** 'p' for each ping and 'L' for the loss, where messages ('m') and pongs ('o') arrive. */
const watch = (arrivals: Observable<string>, pingInterval = 4, pingTimeout?: number) => new Observable<string>((subscriber) => {
  const rounds = new Rounds(pingInterval, asyncScheduler);
  const keepalive = new Keepalive(subscriber, { ping: (one) => one.next('p'), lost: (one) => one.next('L') }, { rounds, pingTimeout });
  subscriber.add(arrivals.subscribe((kind) => { if (kind === 'm') keepalive.heard(); else keepalive.answered(); }));
  return () => keepalive.stop();
});

describe('Keepalive', () => {
  it('gives a peer up that says nothing to two pings', () => {
    marbles().run(({ expectObservable }) => {
      const silence = NEVER;
      const expected = '----p---p---L----------';
      expectObservable(watch(silence), '----------------------!').toBe(expected);
    });
  });

  it('goes on pinging a quiet peer that answers', () => {
    marbles().run(({ hot, expectObservable }) => {
      const pongs = hot(' -----o---o---o---o----');
      const expected = '  ----p---p---p---p---p-';
      expectObservable(watch(pongs), '----------------------!').toBe(expected);
    });
  });

  it('sends no ping while messages arrive', () => {
    marbles().run(({ hot, expectObservable }) => {
      const arrivals = hot('-m---m---m-----------------');
      const expected = '    ----------------p---p---L--';
      expectObservable(watch(arrivals), '---------------------------!').toBe(expected);
    });
  });

  it('takes any frame for life, after the first miss as well', () => {
    marbles().run(({ hot, expectObservable }) => {
      const arrivals = hot('---------m-----------o------');
      const expected = '    ----p---p-------p---p---p-';
      expectObservable(watch(arrivals), '--------------------------!').toBe(expected);
    });
  });

  it('waits for an answer as long as it is told to, and no longer', () => {
    marbles().run(({ hot, expectObservable }) => {
      const expected = '    ----p-L-------------';
      expectObservable(watch(NEVER, 4, 2), '--------------------!').toBe(expected);
      const arrivals = hot('-----o---m------------');
      const quiet = '       ----p---p-------p-L-';
      expectObservable(watch(arrivals, 4, 2), '--------------------!').toBe(quiet);
      const patient = '     ----p---p---p-L---';
      expectObservable(watch(NEVER, 4, 10), '  ------------------!').toBe(patient);
      const again = hot('   -----o---------------');
      const renewed = '     ----p---p---p---p-L--';
      expectObservable(watch(again, 4, 10), ' --------------------!').toBe(renewed);
      const late = hot('    -------------o-----------');
      const answered = '    ----p---p---p---p---p---p-L';
      expectObservable(watch(late, 4, 10), '   ---------------------------!').toBe(answered);
    });
  });

  it('keeps no timer where the interval is 0, nor once stopped', () => {
    const scheduler = marbles();
    scheduler.run(({ expectObservable, flush }) => {
      expectObservable(watch(NEVER, 0), '-----------!').toBe('');
      expectObservable(watch(NEVER), '      ---!').toBe('');
      flush();
      expect(scheduler.actions).toEqual([]);
    });
  });

  it('gives nobody up once it is stopped, though a ping was still to be answered', () => {
    const scheduler = new VirtualTimeScheduler();
    const log: string[] = [];
    const rounds = new Rounds(4, scheduler);
    const keepalive = new Keepalive(log, { ping: (one) => one.push('p'), lost: (one) => one.push('L') }, { rounds, pingTimeout: 10 });
    scheduler.schedule(() => keepalive.stop(), 6);
    scheduler.flush();

    expect(log).toEqual(['p']);
    expect(scheduler.now()).toBe(6);
  });
});
