import { describe, expect, it } from '@jest/globals';
import { EMPTY, NEVER, Subject, of, throwError, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { liveQuery, type LiveQueryOptions, type LiveSignal } from '../../lib/operators/live-query.ts';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

/** A snapshot that takes the next of the answers each time it is asked for. */
const inTurn = <T>(...answers: Observable<T>[]): (() => Observable<T>) => () => answers.shift()!;

const event = (letter: string): LiveSignal<string> => ({ kind: 'event', event: letter });
const signals: { readonly [letter: string]: LiveSignal<string> } = {
  s: { kind: 'subscribed' }, u: { kind: 'suspended' }, g: { kind: 'gap' }, r: { kind: 'recovered' },
  a: event('a'), b: event('b'), c: event('c'), d: event('d'), e: event('e'),
};
/** A state is the letters that have been; the last of them is its version. */
const states = { A: 'a', B: 'ab', C: 'abc', D: 'abcd', E: 'abcde' };
const versionOf = { state: (state: string) => state.slice(-1), event: (letter: string) => letter };

type Given = Partial<LiveQueryOptions<string, string, string>> & Pick<LiveQueryOptions<string, string, string>, 'topic' | 'snapshot'>;
const letters = (given: Given): Observable<string> => liveQuery<string, string, string>({ reduce: (state, letter) => state + letter, versionOf, ...given });

describe('liveQuery', () => {
  it('asks for the snapshot once subscribed, holds what comes meanwhile, and emits with what is newer in it', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const topic = cold('     --s-a-b---c-', signals);
      const answer = cold('      ------(A|)', states);
      const snapshotSubs = '   --^-----!';
      const expected = '       --------B-C-';

      expectObservable(letters({ topic, snapshot: () => answer })).toBe(expected, states);
      expectSubscriptions(answer.subscriptions).toBe(snapshotSubs);
    });
  });

  it('leaves out what the snapshot has, also where it comes behind it', () => {
    marbles().run(({ cold, expectObservable }) => {
      const topic = cold('     s---a-b-c-', signals);
      const answer = cold('    --(B|)', states);
      const expected = '       --B-----C-';

      expectObservable(letters({ topic, snapshot: () => answer })).toBe(expected, states);
    });
  });

  it('reduces all that came while it waited where it knows no versions', () => {
    marbles().run(({ cold, expectObservable }) => {
      const topic = cold('     s-a-b---c-', signals);
      const answer = cold('    ------(x|)', { x: '' });
      const expected = '       ------B-C-';

      expectObservable(letters({ topic, snapshot: () => answer, versionOf: undefined })).toBe(expected, states);
    });
  });

  it('asks once behind a reconnect, and keeps the last state until then', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const topic = cold('     s-a-b---c--u--(sg)--d-', signals);
      const first = cold('     ------(A|)', states);
      const second = cold('                  --(D|)', states);
      const secondSubs = '     --------------^-!';
      const expected = '       ------B-C-------D-----';

      expectObservable(letters({ topic, snapshot: inTurn(first, second) })).toBe(expected, states);
      expectSubscriptions(second.subscriptions).toBe(secondSubs);
    });
  });

  it('asks anew at a gap, and gives up the question before it', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const topic = cold('     s--a-g--c---', signals);
      const first = cold('     --------(B|)', states);
      const second = cold('         ----(B|)', states);
      const firstSubs = '      ^----!';
      const secondSubs = '     -----^---!';
      const expected = '       ---------C--';

      expectObservable(letters({ topic, snapshot: inTurn(first, second) })).toBe(expected, states);
      expectSubscriptions(first.subscriptions).toBe(firstSubs);
      expectSubscriptions(second.subscriptions).toBe(secondSubs);
    });
  });

  it('asks anew at a gap between events, and reduces nothing until the answer', () => {
    marbles().run(({ cold, expectObservable }) => {
      const topic = cold('     s--a-(gc)-d--', signals);
      const first = cold('     (x|)', { x: '' });
      const second = cold('         -------(D|)', states);
      const expected = '       x--A--------D', state = { ...states, x: '' };

      expectObservable(letters({ topic, snapshot: inTurn(first, second) })).toBe(expected, state);
    });
  });

  it('asks anew where more comes than it may hold', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const topic = cold('     s-a-b-c-d---', signals);
      const first = cold('     ------------(A|)', states);
      const second = cold('          ----(C|)', states);
      const firstSubs = '      ^-----!';
      const secondSubs = '     ------^---!';
      const expected = '       ----------D';

      expectObservable(letters({ topic, snapshot: inTurn(first, second), limit: 2 })).toBe(expected, states);
      expectSubscriptions(first.subscriptions).toBe(firstSubs);
      expectSubscriptions(second.subscriptions).toBe(secondSubs);
    });
  });

  it('stops asking while there is no subscription', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const topic = cold('     s--u--', signals);
      const answer = cold('    -----(A|)', states);
      const snapshotSubs = '   ^--!';

      expectObservable(letters({ topic, snapshot: () => answer })).toBe('');
      expectSubscriptions(answer.subscriptions).toBe(snapshotSubs);
    });
  });

  it('takes no notice of events without a subscription, and of what was recovered', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const topic = cold('     a-s-r--u-b-', signals);
      const answer = cold('      -(A|)', states);
      const snapshotSubs = '   --^!';
      const expected = '       ---A-------';

      expectObservable(letters({ topic, snapshot: () => answer })).toBe(expected, states);
      expectSubscriptions(answer.subscriptions).toBe(snapshotSubs);
    });
  });

  it('compares with the newest snapshot alone, so that a publisher may begin anew', () => {
    marbles().run(({ cold, expectObservable }) => {
      const topic = cold('     s---(us)--b-', signals);
      const first = cold('     --(E|)', states);
      const second = cold('        --(A|)', states);
      const expected = '       --E---A---B-';

      expectObservable(letters({ topic, snapshot: inTurn(first, second) })).toBe(expected, states);
    });
  });

  it('takes the first value of the snapshot', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const topic = cold('     s-----', signals);
      const answer = cold('    --A-B-', states);
      const snapshotSubs = '   ^-!';
      const expected = '       --A---';

      expectObservable(letters({ topic, snapshot: () => answer })).toBe(expected, states);
      expectSubscriptions(answer.subscriptions).toBe(snapshotSubs);
    });
  });

  it('errors with the snapshot that fails', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const topic = cold('     s------', signals);
      const answer = cold('    --#');
      const topicSubs = '      ^-!';
      const expected = '       --#';

      expectObservable(letters({ topic, snapshot: () => answer })).toBe(expected);
      expectSubscriptions(topic.subscriptions).toBe(topicSubs);
    });
  });

  it('asks again after a failure as backoff says, without what came before the question', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const topic = cold('     sa--b----c--', signals);
      const first = cold('     --#');
      const second = cold('         #');
      const third = cold('               -(C|)', states);
      const thirdSubs = '      ----------^!';
      const expected = '       -----------C';
      const backoff = { initialDelay: 3, factor: 5 / 3, jitter: 'none' } as const;

      expectObservable(letters({ topic, snapshot: inTurn(first, second, third), backoff, limit: 1 })).toBe(expected, states);
      expectSubscriptions(third.subscriptions).toBe(thirdSubs);
    });
  });

  it('asks at once behind a gap, however long it would have waited', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const topic = cold('     s----g--', signals);
      const first = cold('     --#');
      const second = cold('         -(A|)', states);
      const secondSubs = '     -----^!';
      const expected = '       ------A-';

      expectObservable(letters({ topic, snapshot: inTurn(first, second), backoff: { initialDelay: 100, jitter: 'none' } })).toBe(expected, states);
      expectSubscriptions(second.subscriptions).toBe(secondSubs);
    });
  });

  it('ends with its topic', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const completes = cold('  s--|', signals);
      const fails = cold('      s--#', signals);
      const answer = cold('     -----(A|)', states);
      const snapshotSubs = '    ^--!';

      expectObservable(letters({ topic: completes, snapshot: () => answer })).toBe('---|');
      expectObservable(letters({ topic: fails, snapshot: () => answer })).toBe('---#');
      expectSubscriptions(answer.subscriptions).toBe([snapshotSubs, snapshotSubs]);
    });
  });

  it('leaves the topic and cancels the snapshot with the last observer', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const topic = cold('     s-----', signals);
      const answer = cold('    -----(A|)', states);
      const first = '          ^-!';
      const second = '         -^--!';
      const subs = '           ^---!';
      const query = letters({ topic, snapshot: () => answer });

      expectObservable(query, first).toBe('');
      expectObservable(query, second).toBe('');
      expectSubscriptions(topic.subscriptions).toBe(subs);
      expectSubscriptions(answer.subscriptions).toBe(subs);
    });
  });

  it('shows who comes later the newest state, and begins anew once all have left', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const topic = cold('     s----b---', signals);
      const answer = cold('    -(A|)', states);
      const first = '          ^------!';
      const late = '           ---^---!';
      const later = '          ---------^';
      const query = letters({ topic, snapshot: () => answer });

      expectObservable(query, first).toBe('-A---B', states);
      expectObservable(query, late).toBe(' ---A-B', states);
      expectObservable(query, later).toBe('----------A---B', states);
      expectSubscriptions(topic.subscriptions).toBe(['^------!', '---------^']);
    });
  });

  it('shows who comes after the end the last state', () => {
    const topic = new Subject<LiveSignal<string>>();
    const scheduler = new TestScheduler(() => undefined);
    const log: unknown[] = [];
    const query = letters({ topic, snapshot: () => of('a'), scheduler });
    query.subscribe();
    topic.next(signals['s']!);
    scheduler.flush();
    topic.next(event('b'));
    topic.complete();

    query.subscribe({ next: (state) => log.push(state), complete: () => log.push('complete') });

    expect(log).toEqual(['ab', 'complete']);
  });

  it('keeps the order where an observer causes the next event', () => {
    const topic = new Subject<LiveSignal<string>>();
    const scheduler = new TestScheduler(() => undefined);
    const log: string[] = [];
    const query = letters({ topic, snapshot: () => of('a'), scheduler });
    query.subscribe((state) => {
      log.push(`first ${state}`);
      if (state === 'a') { topic.next(event('b')); topic.next(event('c')); log.push('both published'); }
    });
    query.subscribe((state) => log.push(`second ${state}`));

    topic.next(signals['s']!);
    scheduler.flush();

    expect(log).toEqual(['first a', 'both published', 'second a', 'first ab', 'second ab', 'first abc', 'second abc']);
  });

  it('stops where an observer leaves between two events that are due', () => {
    const topic = new Subject<LiveSignal<string>>();
    const scheduler = new TestScheduler(() => undefined);
    const log: string[] = [];
    const subscription = letters({ topic, snapshot: () => of('a'), scheduler }).subscribe((state) => {
      log.push(state);
      topic.next(event('b'));
      subscription.unsubscribe();
    });
    topic.next(signals['s']!);

    scheduler.flush();

    expect([log, topic.observed]).toEqual([['a'], false]);
  });

  const fail = (): never => { throw new Error('mistake'); };
  it.each<readonly [what: string, options: Partial<Given>, expected: string, topicSubs: string]>([
    ['snapshot', { snapshot: fail }, '                                #', '(^!)'],
    ['versionOf.state', { versionOf: { ...versionOf, state: fail } }, '-#', '^!'],
    ['versionOf.event', { versionOf: { ...versionOf, event: fail } }, '-A-#', '^--!'],
    ['reduce', { reduce: fail }, '                                    -A-#', '^--!'],
  ])('errors with what %s throws', (_, options, expected, topicSubs) => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const topic = cold('  s--b-', signals);
      const answer = cold(' -(A|)', states);

      expectObservable(letters({ topic, snapshot: () => answer, ...options })).toBe(expected, states, new Error('mistake'));
      expectSubscriptions(topic.subscriptions).toBe(topicSubs);
    });
  });

  it('takes a snapshot without a value for one that failed', () => {
    marbles().run(({ cold, expectObservable }) => {
      const topic = cold('  s---', signals);
      const result = letters({ topic, snapshot: () => EMPTY, backoff: { maxAttempts: 1, initialDelay: 2, jitter: 'none' } });

      expectObservable(result).toBe('--#', undefined, expect.objectContaining({ name: 'EmptyError' }));
    });
  });

  it('does nothing before it is subscribed to', () => {
    letters({ topic: throwError(() => 'subscribed'), snapshot: fail });
  });

  it.each([{ limit: -1 }, { limit: 1.5 }, { limit: Number.NaN }, { backoff: { factor: 0 } }])('refuses %p at the call', (options) => {
    expect(() => letters({ topic: NEVER, snapshot: () => NEVER, ...options })).toThrow(RangeError);
  });
});
