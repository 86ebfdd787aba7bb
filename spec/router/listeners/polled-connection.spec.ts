import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asyncScheduler, type Subscription } from 'rxjs';
import { PolledConnection, type PolledConnectionOptions } from '../../../lib/router/listeners/polled-connection.ts';
import { TransportLostError } from '../../../lib/errors.ts';
import { legible } from '../../support/sockets.ts';
import { inVirtualTime, watchedScheduler, type At } from '../../support/virtual-time.ts';

interface Stage {
  readonly connection: PolledConnection;
  readonly at: At;
  /** A request for messages by a name. */
  readonly poll: (name: string) => Subscription;
}

/** Plays in virtual time: what requests were answered with, what the reader heard, what is left on the clock. */
function play(act: (stage: Stage) => void, options: Partial<PolledConnectionOptions> = {}): { log: string[]; left: number; end: number } {
  const log: string[] = [];
  const { scheduler, open } = watchedScheduler();
  const note = (what: string): unknown => log.push(`${asyncScheduler.now()} ${what}`);
  const end = inVirtualTime((at) => {
    const connection = new PolledConnection({
      subprotocol: 'wamp.2.json.batched', label: 'tcp4:127.0.0.1:1', highWaterMark: 10, holdTime: 1000, silenceTimeout: 3000, scheduler, onEnd: () => note('end'), ...options,
    });
    connection.subscribe({
      next: (frame) => note(`reads ${legible(frame)}`),
      error: (error: Error) => { expect(error).toBeInstanceOf(TransportLostError); note(error.message); },
      complete: () => note('complete'),
    });
    const poll = (name: string): Subscription => connection.poll().subscribe({
      next: (answer) => note(`${name}: ${typeof answer === 'string' ? answer : legible(answer.body)}`),
      complete: () => note(`${name} is answered`),
    });
    act({ connection, at, poll });
  });
  return { log: log.filter((line) => !line.endsWith('is answered')), left: open(), end };
}

describe('PolledConnection', () => {
  it('answers who asks with all that waits, and with what comes in one turn', () => {
    const { log } = play(({ connection, at, poll }) => {
      connection.next('a;');
      connection.next('b;');
      at(5, () => poll('first'));
      at(6, () => poll('second'));
      at(10, () => { connection.next('c;'); connection.next('d;'); });
      at(20, () => connection.leave());
    });

    expect(log).toEqual(['5 first: text a;b;', '10 second: text c;d;', '20 complete', '20 end']);
  });

  it('answers with one message at a time where batches were not agreed on', () => {
    const { log } = play(({ connection, at, poll }) => {
      connection.next('a');
      connection.next('b');
      at(5, () => poll('first'));
      at(6, () => poll('second'));
      at(7, () => connection.leave());
    }, { subprotocol: 'wamp.2.json' });

    expect(log.slice(0, 2)).toEqual(['5 first: text a', '6 second: text b']);
  });

  it('answers with nothing when it has held a request for long enough, and the older one where there are two', () => {
    const { log } = play(({ connection, at, poll }) => {
      poll('first');
      at(1500, () => poll('second'));
      at(1600, () => poll('third'));
      at(1700, () => connection.next('x'));
      at(1800, () => connection.leave());
    });

    expect(log.slice(0, 3)).toEqual(['1000 first: nothing', '1600 second: nothing', '1700 third: text x']);
  });

  it('keeps what nobody asks for, and says so', () => {
    const writable: boolean[] = [];
    const amounts: number[] = [];
    const { log } = play(({ connection, at, poll }) => {
      connection.writable$.subscribe((value) => writable.push(value));
      const look = (act: () => void) => () => {
        act();
        amounts.push(connection.bufferedAmount);
      };
      at(10, look(() => connection.next('x'.repeat(11))));
      at(20, look(() => { poll('first'); }));
      at(30, look(() => connection.written()));
      at(40, () => connection.leave());
    });

    expect(log[0]).toBe('20 first: text xxxxxxxxxxx');
    expect(writable).toEqual([true, false, true]);
    expect(amounts).toEqual([11, 11, 0]);
  });

  it('is lost after a silence, counted from the end of the last request, or from the beginning', () => {
    const never = play(() => {});
    const once = play(({ at, poll }) => at(2500, () => poll('first')));
    const gone = play(({ at, poll }) => {
      const request = poll('first');
      at(100, () => request.unsubscribe());
    });

    const message = 'connection to tcp4:127.0.0.1:1 was lost: it must ask for messages, and did not for 3000 ms';
    expect(never.log).toEqual([`3000 ${message}`, '3000 end']);
    expect(once.log).toEqual(['3500 first: nothing', `6500 ${message}`, '6500 end']);
    expect(gone.log).toEqual([`3100 ${message}`, '3100 end']);
    expect([never.left, once.left, gone.left]).toEqual([0, 0, 0]);
  });

  it('loses nothing with a request that went away', () => {
    const { log } = play(({ connection, at, poll }) => {
      const request = poll('first');
      at(10, () => request.unsubscribe());
      at(20, () => connection.next('x'));
      at(30, () => poll('second'));
      at(40, () => connection.leave());
    });

    expect(log[0]).toBe('30 second: text x');
  });

  it('is over for who has asked for all that was sent before it was closed', () => {
    const { log, left } = play(({ connection, at, poll }) => {
      connection.next('x');
      connection.complete();
      connection.next('late');
      at(10, () => poll('first'));
      at(20, () => poll('second'));
      at(30, () => poll('third'));
    });

    expect(log).toEqual(['10 first: text x', '20 second: over', '20 complete', '20 end', '30 third: lost']);
    expect(left).toBe(0);
  });

  it('lets go of who waits when the client leaves', () => {
    const { log, left } = play(({ connection, at, poll }) => {
      poll('first');
      at(10, () => { connection.leave(); connection.leave(); });
    });

    expect(log).toEqual(['10 first: nothing', '10 complete', '10 end']);
    expect(left).toBe(0);
  });

  it('tells who waits at once that it is over', () => {
    const { log } = play(({ connection, at, poll }) => {
      poll('first');
      at(10, () => connection.complete());
    });

    expect(log).toEqual(['10 first: over', '10 complete', '10 end']);
  });

  it('is lost to who waits when it is dropped', () => {
    const { log, left, end } = play(({ connection, at, poll }) => {
      poll('first');
      at(10, () => { connection.error('why'); connection.error('again'); connection.next('late'); connection.complete(); connection.leave(); connection.lose('late'); });
    });

    expect(log).toEqual(['10 first: lost', '10 connection to tcp4:127.0.0.1:1 was dropped', '10 end']);
    expect([left, end]).toEqual([0, 10]);
  });

  it('reads what is sent, until its end', () => {
    const taken: boolean[] = [];
    const { log } = play(({ connection }) => {
      taken.push(connection.take('a'));
      connection.lose('it went away');
      taken.push(connection.take('late'));
    });

    expect(log).toEqual(['0 reads text a', '0 connection to tcp4:127.0.0.1:1 was lost: it went away', '0 end']);
    expect(taken).toEqual([true, false]);
  });

  it('gives every message to one request, once and in order, whatever requests come and go', () => {
    const step = fc.record({ ms: fc.integer({ min: 1, max: 400 }), act: fc.constantFrom('send', 'send', 'poll', 'poll', 'go') });
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let sent = 0;
      let now = 0;
      const { log, left } = play(({ connection, at, poll }) => {
        let last: Subscription | undefined;
        for (const { ms, act } of steps) {
          now += ms;
          at(now, () => {
            if (act === 'send') connection.next(`${sent++};`);
            else if (act === 'poll') last = poll('one');
            else last?.unsubscribe();
          });
        }
        at(now + 1, () => poll('last'));
        at(now + 2, () => poll('last but one'));
        at(now + 3, () => connection.complete());
      }, { silenceTimeout: 100_000 });

      const given = log.filter((line) => line.includes('text ')).flatMap((line) => [...line.matchAll(/(\d+);/g)].map(([, digits]) => Number(digits)));
      expect(given).toEqual(Array.from({ length: sent }, (_, n) => n));
      expect(log.slice(-1)[0]).toMatch(/ end$/);
      expect(left).toBe(0);
    }), { numRuns: 100 });
  });
});
