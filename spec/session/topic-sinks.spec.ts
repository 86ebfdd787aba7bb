import { describe, expect, it } from '@jest/globals';
import { Observable, concat, map, of, range, throwError } from 'rxjs';
import { TestScheduler, type RunHelpers } from 'rxjs/testing';
import { OverflowError } from '../../lib/errors.ts';
import type { GapSignal, TopicEvent, TopicSignal } from '../../lib/session/options.ts';
import { DistinctRetained, GapFilled } from '../../lib/session/topic-sinks.ts';
import { heard } from '../support/scripted-router.ts';

const marbles = (run: (helpers: RunHelpers) => void): void => new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(run);
const gap: GapSignal = { kind: 'gap', from: undefined, recovered: 0, reason: 'off', duration: 0, cause: undefined };

function eventOf(letter: string, more: Partial<TopicEvent> = {}): TopicEvent {
  return { topic: 'com.x', publication: 1, params: {}, details: {}, args: [letter], kwargs: {}, retained: false, recovered: false, ...more };
}

/** A letter as a signal: g is a gap, all others are events. */
const signalOf = (letter: string): TopicSignal => (letter === 'g' ? gap : { kind: 'event', event: eventOf(letter) });
const letterOf = (signal: TopicSignal): string => (signal.kind === 'event' ? String(signal.event.args[0]) : 'g');

/** Signals with their gaps filled. */
function filled(signals: Observable<string>, fill: () => Observable<string>): Observable<string> {
  return new Observable<TopicSignal>((subscriber) => {
    const sink = new GapFilled(subscriber, () => fill().pipe(map((letter) => eventOf(letter))));
    subscriber.add(signals.pipe(map(signalOf)).subscribe({ next: (signal) => sink.next(signal), error: (error: unknown) => sink.error(error), complete: () => sink.complete() }));
  }).pipe(map(letterOf));
}

describe('GapFilled', () => {
  it('lets what follows wait, in order', () => {
    marbles(({ cold, expectObservable }) => {
      const signals = ' a--g-b--c---';
      const fill = '       ---x--|';
      const expected = 'a--g--x--(bc)';

      expectObservable(filled(cold(signals), () => cold(fill.trim()))).toBe(expected);
    });
  });

  it('passes on at once where nothing is to be put in', () => {
    marbles(({ cold, expectObservable }) => {
      const signals = ' a-g-b-|';
      const expected = 'a-g-b-|';

      expectObservable(filled(cold(signals), () => of())).toBe(expected);
    });
  });

  it('fills the gaps that come meanwhile one after the other', () => {
    marbles(({ cold, expectObservable }) => {
      const signals = ' g-g-b';
      const fill = '    ---x|';
      const expected = 'g--xg--xb';

      expectObservable(filled(cold(signals), () => cold(fill))).toBe(expected);
    });
  });

  it('fills any number of gaps without a stack for each', () => {
    const { log } = heard(filled(concat(range(0, 901).pipe(map(() => 'g')), of('a')), () => of('x')));
    expect(log).toHaveLength(2 * 901 + 2);
  });

  it('ends with an error of what is put in, and takes it back when it is left', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const endless = cold('   x--');
      const subscriptions = '  --^--!';

      expectObservable(filled(cold('g'), () => throwError(() => 'no'))).toBe('(g#)', undefined, 'no');
      expectObservable(filled(cold('--g'), () => endless), '^----!').toBe('--(gx)');
      expectSubscriptions(endless.subscriptions).toBe(subscriptions);
    });
  });

  it('loses nothing that has arrived where the stream completes meanwhile', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const endless = cold('   x--');
      const signals = '      g--a-|';
      const expected = '     (gx)-(a|)';
      const subscriptions = '^----!';

      expectObservable(filled(cold(signals), () => endless)).toBe(expected);
      expectSubscriptions(endless.subscriptions).toBe(subscriptions);
    });
  });

  it('lets no more than 1000 wait', () => {
    const { log } = heard(filled(concat(of('g'), range(0, 1001).pipe(map(() => 'a'))), () => new Observable(() => {})));
    expect(log).toEqual(['g', expect.any(OverflowError)]);
  });
});

describe('DistinctRetained', () => {
  const distinct = (events: readonly TopicEvent[], keyOf: (event: TopicEvent) => unknown): unknown[] => heard(new Observable<TopicSignal>((subscriber) => {
    const sink = new DistinctRetained(subscriber, keyOf);
    for (const event of events) sink.next({ kind: 'event', event });
  }).pipe(map((signal) => (signal.kind === 'event' ? signal.event.args[0] : signal)))).log;
  const first = ({ args: [key] }: TopicEvent): unknown => key;

  it('leaves out retained events whose key was seen, and no others', () => {
    expect(distinct([eventOf('a'), eventOf('a'), eventOf('a', { retained: true }), eventOf('b', { retained: true }), eventOf('b', { retained: true })], first)).toEqual(['a', 'a', 'b']);
  });

  it('remembers 256 keys', () => {
    const many = Array.from({ length: 256 }, (_, n) => eventOf(String(n)));
    expect(distinct([eventOf('a'), ...many, eventOf('a', { retained: true }), eventOf('7', { retained: true })], first).slice(257)).toEqual(['a']);
  });

  it('errors with what the function throws', () => {
    expect(distinct([eventOf('a'), eventOf('b')], () => { throw new RangeError('no'); })).toEqual([new RangeError('no')]);
  });
});
