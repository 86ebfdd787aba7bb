import { describe, expect, it } from '@jest/globals';
import { map, of, throwError, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { ApplicationError } from '../../lib/errors.ts';
import type { LiveSignal } from '../../lib/operators/live-query.ts';
import { presence, type PresencePeer, type Presence } from '../../lib/operators/presence.ts';
import type { Id, Payload } from '../../lib/types.ts';

// This peer says what a router would, in marbles; spec/scenarios/meta-api.spec.ts has a router say it.

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

const payload = (...args: unknown[]): Payload => ({ args, kwargs: {} });
const event = (...args: unknown[]): LiveSignal<Payload> => ({ kind: 'event', event: payload(...args) });
const details = (session: Id, authid: unknown = `user${session}`, authrole: unknown = 'user'): { session: Id; authid: unknown; authrole: unknown } => ({ session, authid, authrole });

const signals: { readonly [letter: string]: LiveSignal<Payload> } = {
  s: { kind: 'subscribed' }, u: { kind: 'suspended' }, g: { kind: 'gap' },
  // joined
  1: event(details(1)), 2: event(details(2)), 3: event(details(3)), t: event(details(4, 'user2')), m: event(details(5, 'admin', 'admin')),
  // left
  A: event(1, 'user1', 'user'), B: event(2), T: event(4),
  // neither
  x: event(), y: event('1'), z: event({ session: 0, authid: 'nobody' }),
};

interface Answers {
  readonly list: () => Observable<Payload>;
  readonly get?: (id: Id) => Observable<Payload>;
}

function peerOf(onJoin: Observable<LiveSignal<Payload>>, onLeave: Observable<LiveSignal<Payload>>, { list, get = (id) => of(payload(details(id))) }: Answers): PresencePeer {
  return {
    topicStatus: (uri) => ({ 'wamp.session.on_join': onJoin, 'wamp.session.on_leave': onLeave })[uri]!,
    call: (uri, input) => (uri === 'wamp.session.list' ? list() : get((input as [Id])[0])),
  };
}

/** `user1:1 user2:2,4`: who is there, with which sessions. */
const written = map((present: readonly Presence[]) => present.map(({ authid, sessions }) => `${authid}:${sessions.map(({ session }) => session).join(',')}`).join(' '));
const NOBODY = new ApplicationError('wamp.error.no_such_session');

describe('presence', () => {
  it('tells who is there, who joins and who leaves', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const onJoin = cold('    s-----3-------', signals);
      const onLeave = cold('   s----------A--', signals);
      const list = cold('      ---(l|)', { l: payload([1, 2]) });
      const listSubs = '       ^--!';
      const expected = '       ---x--y----z--';

      expectObservable(presence(peerOf(onJoin, onLeave, { list: () => list })).pipe(written))
        .toBe(expected, { x: 'user1:1 user2:2', y: 'user1:1 user2:2 user3:3', z: 'user2:2 user3:3' });
      expectSubscriptions(list.subscriptions).toBe(listSubs);
    });
  });

  it('counts somebody with two sessions once, until the last one leaves', () => {
    marbles().run(({ cold, expectObservable }) => {
      const onJoin = cold('    s--t------', signals);
      const onLeave = cold('   s----B--T-', signals);
      const list = cold('      -(l|)', { l: payload([2]) });
      const expected = '       -x-y-z--n-';

      expectObservable(presence(peerOf(onJoin, onLeave, { list: () => list })).pipe(written)).toBe(expected, { x: 'user2:2', y: 'user2:2,4', z: 'user2:4', n: '' });
    });
  });

  it('hands on what the router tells of a session', () => {
    marbles().run(({ cold, expectObservable }) => {
      const told = { ...details(1), authmethod: 'ticket', transport: { type: 'websocket' } };
      const silent = cold('    s', signals);
      const list = cold('      (l|)', { l: payload([1, 7]) });
      const expected = '       p';
      const get = (id: Id): Observable<Payload> => of(payload(id === 1 ? told : { session: 7, authid: 7 }));

      expectObservable(presence(peerOf(silent, silent, { list: () => list, get }))).toBe(expected, {
        p: [
          { authid: 'user1', sessions: [{ session: 1, authid: 'user1', authrole: 'user', details: told }] },
          { authid: undefined, sessions: [{ session: 7, authid: undefined, authrole: undefined, details: { session: 7, authid: 7 } }] },
        ],
      });
    });
  });

  it('lets sessions without an authid stand for themselves', () => {
    marbles().run(({ cold, expectObservable }) => {
      const silent = cold('    s', signals);
      const list = cold('      (l|)', { l: payload([1, 2]) });
      const expected = '       p';
      const get = (id: Id): Observable<Payload> => of(payload(details(id, null)));

      expectObservable(presence(peerOf(silent, silent, { list: () => list, get })).pipe(written)).toBe(expected, { p: 'undefined:1 undefined:2' });
    });
  });

  it('asks after no more than 16 sessions at the same time', () => {
    let open = 0;
    let most = 0;
    marbles().run(({ cold, expectObservable }) => {
      const silent = cold('    s', signals);
      const list = cold('      (l|)', { l: payload(Array.from({ length: 40 }, (_, index) => index + 1)) });
      const expected = '       ---p';
      const get = (id: Id): Observable<Payload> => {
        open += 1;
        most = Math.max(most, open);
        return cold('          -(d|)', { d: payload(details(id)) }).pipe(map((answer) => { open -= 1; return answer; }));
      };

      expectObservable(presence(peerOf(silent, silent, { list: () => list, get })).pipe(map((present) => present.length))).toBe(expected, { p: 40 });
    });
    expect(most).toBe(16);
  });

  it('leaves out who is gone before it was asked after', () => {
    marbles().run(({ cold, expectObservable }) => {
      const onJoin = cold('    s-----', signals);
      const onLeave = cold('   s-A---', signals);
      const list = cold('      -(l|)', { l: payload([1, 2]) });
      const expected = '       ----x-';
      const get = (id: Id): Observable<Payload> => cold('---(d|)', { d: payload(details(id)) }).pipe(map((answer) => { if (id === 1) throw NOBODY; return answer; }));

      expectObservable(presence(peerOf(onJoin, onLeave, { list: () => list, get })).pipe(written)).toBe(expected, { x: 'user2:2' });
    });
  });

  it('is right whatever joins and leaves while it asks', () => {
    marbles().run(({ cold, expectObservable }) => {
      const onJoin = cold('    s-2-3----', signals);
      const onLeave = cold('   s--B-A---', signals);
      const list = cold('      ------(l|)', { l: payload([1, 3]) });
      const expected = '       ------x--';

      expectObservable(presence(peerOf(onJoin, onLeave, { list: () => list })).pipe(written)).toBe(expected, { x: 'user3:3' });
    });
  });

  it('says nothing where nothing has changed, and takes no notice of what it cannot read', () => {
    marbles().run(({ cold, expectObservable }) => {
      const onJoin = cold('    s-1-x-y-z-', signals);
      const onLeave = cold('   s--B-x-y-z', signals);
      const list = cold('      -(l|)', { l: payload([1, 'x', null, 0, 2 ** 54]) });
      const expected = '       -x--------';

      expectObservable(presence(peerOf(onJoin, onLeave, { list: () => list })).pipe(written)).toBe(expected, { x: 'user1:1' });
    });
  });

  it('asks after nothing that is no session, and leaves out of whom it is told nothing', () => {
    const asked: Id[] = [];
    marbles().run(({ cold, expectObservable }) => {
      const silent = cold('    s', signals);
      const list = cold('      (l|)', { l: payload([1, 'x', null, 0, 2, 2 ** 54]) });
      const expected = '       x';
      const get = (id: Id): Observable<Payload> => { asked.push(id); return of(payload(id === 1 ? [id] : details(id))); };

      expectObservable(presence(peerOf(silent, silent, { list: () => list, get })).pipe(written)).toBe(expected, { x: 'user2:2' });
    });
    expect(asked).toEqual([1, 2]);
  });

  it.each([[payload()], [payload({ 1: true })], [payload('1')]])('takes a list that is none for an empty one: %j', (answer) => {
    marbles().run(({ cold, expectObservable }) => {
      const silent = cold('    s', signals);
      const list = cold('      (l|)', { l: answer });
      const expected = '       x';

      expectObservable(presence(peerOf(silent, silent, { list: () => list })).pipe(written)).toBe(expected, { x: '' });
    });
  });

  it('counts only who counts', () => {
    marbles().run(({ cold, expectObservable }) => {
      const onJoin = cold('    s-1-m-', signals);
      const onLeave = cold('   s---A-', signals);
      const list = cold('      -(l|)', { l: payload([1, 2]) });
      const expected = '       -x--y-';
      const get = (id: Id): Observable<Payload> => of(payload(details(id, `user${id}`, id === 2 ? 'admin' : 'user')));

      expectObservable(presence(peerOf(onJoin, onLeave, { list: () => list, get }), ({ authrole }) => authrole === 'admin').pipe(written))
        .toBe(expected, { x: 'user2:2', y: 'user2:2 admin:5' });
    });
  });

  it('asks once both topics are subscribed to, and anew behind a reconnect', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const onJoin = cold('    s-------u---(sg)------', signals);
      const onLeave = cold('   --s-----u---------(sg)', signals);
      const first = cold('       -(l|)', { l: payload([1]) });
      const second = cold('                      -(l|)', { l: payload([3]) });
      const firstSubs = '      --^!';
      const secondSubs = '     ------------------^!';
      const expected = '       ---x---------------y--';
      const answers = [first, second];

      expectObservable(presence(peerOf(onJoin, onLeave, { list: () => answers.shift()! })).pipe(written)).toBe(expected, { x: 'user1:1', y: 'user3:3' });
      expectSubscriptions(first.subscriptions).toBe(firstSubs);
      expectSubscriptions(second.subscriptions).toBe(secondSubs);
    });
  });

  it('stops asking where one of the topics is lost', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const onJoin = cold('    s-----', signals);
      const onLeave = cold('   s--u--', signals);
      const list = cold('      -----(l|)', { l: payload([1]) });
      const listSubs = '       ^--!';

      expectObservable(presence(peerOf(onJoin, onLeave, { list: () => list }))).toBe('');
      expectSubscriptions(list.subscriptions).toBe(listSubs);
    });
  });

  it.each([
    ['wamp.session.list', { list: () => throwError(() => new ApplicationError('wamp.error.no_such_procedure')) }],
    ['wamp.session.get', { list: () => of(payload([1])), get: () => throwError(() => new ApplicationError('wamp.error.no_such_procedure')) }],
  ])('errors where the router has no %s', (_, answers: Answers) => {
    marbles().run(({ cold, expectObservable }) => {
      const silent = cold('    -s', signals);
      const expected = '       -#';

      expectObservable(presence(peerOf(silent, silent, answers))).toBe(expected, undefined, new ApplicationError('wamp.error.no_such_procedure'));
    });
  });

  it('asks again as backoff says', () => {
    marbles().run(({ cold, expectObservable }) => {
      const silent = cold('    s', signals);
      const answers = [cold<Payload>('  -#'), cold('(l|)', { l: payload([1]) })];
      const expected = '       ---x';

      expectObservable(presence(peerOf(silent, silent, { list: () => answers.shift()! }), undefined, { backoff: { initialDelay: 2, jitter: 'none' } }).pipe(written))
        .toBe(expected, { x: 'user1:1' });
    });
  });

  it('leaves both topics and cancels the calls when it is unsubscribed from', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const onJoin = cold('    s----', signals);
      const onLeave = cold('   s----', signals);
      const get = cold('       -----(d|)', { d: payload(details(1)) });
      const unsub = '          ^--!';
      const subs = '           ^--!';

      expectObservable(presence(peerOf(onJoin, onLeave, { list: () => of(payload([1])), get: () => get })), unsub).toBe('');
      expectSubscriptions(onJoin.subscriptions).toBe(subs);
      expectSubscriptions(onLeave.subscriptions).toBe(subs);
      expectSubscriptions(get.subscriptions).toBe(subs);
    });
  });

  it('asks once for all who observe it', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const silent = cold('    s----', signals);
      const list = cold('      -(l|)', { l: payload([1]) });
      const listSubs = '       ^!';
      const late = '           --^';
      const present = presence(peerOf(silent, silent, { list: () => list })).pipe(written);

      expectObservable(present).toBe('      -x', { x: 'user1:1' });
      expectObservable(present, late).toBe('--x', { x: 'user1:1' });
      expectSubscriptions(list.subscriptions).toBe(listSubs);
    });
  });
});
