import { describe, expect, it } from '@jest/globals';
import { NEVER, Observable, map, take, timer } from 'rxjs';
import type { Signature } from '../../lib/auth/authenticator.ts';
import { TransportLostError } from '../../lib/errors.ts';
import { joining } from '../../lib/session/join.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import type { Connection } from '../../lib/transports/transport.ts';
import { ScriptedRouter, asking, heard, joined, silent, stageNamesOf, stagesOf } from '../support/scripted-router.ts';
import { inVirtualTime } from '../support/virtual-time.ts';

describe('joining, unsubscribed from', () => {
  it('dials no more where connecting was all that was wanted', () => {
    let dials = 0;
    const transport = new Observable<never>(() => { dials += 1; });

    joining(transport, { realm: 'realm1' }).pipe(take(1)).subscribe();

    expect(dials).toBe(0);
  });

  it('gives a dial up', () => {
    let dialing = 0;
    const transport = new Observable<never>(() => {
      dialing += 1;
      return () => { dialing -= 1; };
    });
    const { subscription } = heard(joining(transport, { realm: 'realm1' }));
    expect(dialing).toBe(1);

    subscription.unsubscribe();

    expect(dialing).toBe(0);
  });

  it('sends no HELLO where the connection was all that was wanted', () => {
    const router = new ScriptedRouter();

    expect(stageNamesOf(router, {}).log).toHaveLength(3);
    router.take();
    const { log } = heard(stagesOf(router).pipe(take(2), map(({ kind }) => kind)));

    expect([log, router.take()]).toEqual([['connecting', 'authenticating', 'complete'], []]);
    expect(router.open).toBe(1);
    router.cut();
  });

  it('closes the connection without a word before WELCOME', () => {
    const router = silent();
    const end = inVirtualTime(() => {
      const { subscription } = stageNamesOf(router);
      router.take();
      subscription.unsubscribe();
      expect([router.take(), router.open]).toEqual([[], 0]);
    });
    expect(end).toBe(0);
  });

  it('gives credentials up that are being looked for, and uses none that come late', () => {
    const router = silent();
    let open = 0;
    inVirtualTime((at) => {
      const slow = new Observable<Signature>((subscriber) => {
        open += 1;
        const clock = timer(50).subscribe(() => subscriber.next({ signature: 'late' }));
        return () => {
          open -= 1;
          clock.unsubscribe();
        };
      });
      const { subscription } = stageNamesOf(router, { auth: asking(() => slow) });
      router.send(4, 'ticket', {});
      router.take();
      at(10, () => subscription.unsubscribe());
    });
    expect([open, router.open, router.take()]).toEqual([0, 0, []]);
  });

  it('asks for no credentials where the challenge was all that was wanted', () => {
    const router = silent();
    let asked = 0;
    stagesOf(router, { auth: asking(() => ({ signature: `${++asked}` })) }).pipe(take(3)).subscribe();

    router.send(4, 'ticket', {});

    expect([asked, router.open]).toEqual([0, 0]);
  });

  it('says GOODBYE once it is joined, and closes with the answer', () => {
    const router = new ScriptedRouter();
    const { life, ends } = joined(router);

    life.unsubscribe();

    expect([router.take(), router.open, ends]).toEqual([[[6, {}, 'wamp.close.normal']], 0, []]);
  });

  it('lets go of the transport when it has left, and not before', () => {
    let held = 0;
    const [near, far] = memoryLink();
    const transport = new Observable<Connection>((subscriber) => {
      held += 1;
      subscriber.next(near);
      return () => { held -= 1; };
    });
    inVirtualTime(() => {
      const { subscription } = heard(joining(transport, { realm: 'realm1' }));
      far.subscribe();
      far.next('[2,1001,{"roles":{}}]');
      subscription.unsubscribe();
      expect(held).toBe(1);
      far.next('[6,{},"wamp.close.goodbye_and_out"]');
      expect(held).toBe(0);
    });
  });

  it('says GOODBYE where the session was all that was wanted', () => {
    const router = new ScriptedRouter();

    heard(stagesOf(router).pipe(take(3)));

    expect([router.take().map(([type]) => type), router.open]).toEqual([[1, 6], 0]);
  });

  it('says GOODBYE while the authenticator still looks at WELCOME', () => {
    const router = silent();
    inVirtualTime(() => {
      const { log, subscription } = stageNamesOf(router, { auth: asking(() => ({ signature: 's' }), { welcome: () => NEVER }) });
      router.send(4, 'ticket', {});
      router.send(2, 1001, { roles: {} });
      router.take();
      subscription.unsubscribe();
      expect([router.take(), log.includes('joined')]).toEqual([[[6, {}, 'wamp.close.normal']], false]);
    });
    expect(router.open).toBe(0);
  });

  it('errors what is open in the session at once', () => {
    const router = new ScriptedRouter();
    const { session, life } = joined(router);
    const logs = [heard(session.call('com.a')).log, heard(session.topic('com.x')).log];
    router.take();

    life.unsubscribe();

    expect(logs).toEqual([[expect.any(TransportLostError)], [expect.any(TransportLostError)]]);
    expect([session.idle, router.take()]).toEqual([true, [[6, {}, 'wamp.close.normal']]]);
  });
});
