import { describe, expect, it } from '@jest/globals';
import { NEVER, filter, map, type Observable } from 'rxjs';
import { RegistrationRevokedError } from '../../lib/errors.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import { mapError } from '../../lib/session/error-mapping.ts';
import { ERROR, REGISTER, REGISTERED, type LinkedClient, type ScriptedRouter } from '../../lib/testing/index.ts';
import type { Dict } from '../../lib/types.ts';
import { heard } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const RETRY = { initialDelay: 100 } as const;

const TAKEN = 'wamp.error.procedure_already_exists';

/** The options of each REGISTER that a client sends, but for what all of them say. */
const registers = (client: LinkedClient): Observable<Dict> => client.link.sent$.pipe(
  filter((message) => message.type === MessageType.REGISTER),
  map(({ options: { forward_timeout: _, ...options } }) => options),
);

/** A router that registers com.p, and refuses it so many times in the session after that. */
function takenIn(router: ScriptedRouter, refusals: number): ScriptedRouter {
  router.expect(REGISTER('com.p')).reply(REGISTERED(80));
  for (let refused = 0; refused < refusals; refused++) router.expect(REGISTER('com.p')).reply(ERROR(TAKEN));
  return router;
}

describe('a registration of a client', () => {
  it.each([[{}, {}], [{ takeover: true }, { force_reregister: true }], [{ takeover: true, invoke: 'roundrobin' }, { invoke: 'roundrobin' }]] as const)(
    'asks again with growing waits while its procedure is taken, %j', (options, more) => {
      tidyMarbles(({ client, scriptedRouter, at, expectObservable }) => {
        const router = takenIn(scriptedRouter(), 4);
        const user = client({ transport: router.transport, retry: RETRY });
        at(10, () => router.cut());
        at(1500, () => { void user.close(); });

        const asked = '     f 109ms a 99ms a 199ms a 399ms a';
        const registered = 'r 1499ms                         |';
        const first = 'invoke' in options ? { match: 'exact', invoke: 'roundrobin' } : { match: 'exact' };

        expectObservable(registers(user)).toBe(asked, { f: first, a: { match: 'exact', ...more } });
        expectObservable(user.register('com.p', () => 1, options).pipe(map(({ id }) => id))).toBe(registered, { r: 80 });
      });
    });

  it('asks again whatever class the application has for a procedure that is taken', () => {
    class Taken extends Error {}
    const errors = { [TAKEN]: mapError({ type: Taken, read: () => new Taken(), write: () => [] }) };
    tidyMarbles(({ client, scriptedRouter, at, expectObservable }) => {
      const router = takenIn(scriptedRouter(), 2);
      const user = client({ transport: router.transport, retry: RETRY, errors });
      at(10, () => router.cut());

      expectObservable(user.register('com.p', () => 1, { staleSessionTimeout: 101 }).pipe(map(({ id }) => id))).toBe('r 109ms - 99ms #', { r: 80 }, new Taken());
    });
  });

  it.each([[0, 'r 109ms #'], [101, 'r 109ms - 99ms #'], [300, 'r 109ms - 99ms #'], [301, 'r 109ms - 99ms - 199ms #']])(
    'gives up when its old session has had %p ms to be missed', (staleSessionTimeout, registered) => {
      tidyMarbles(({ client, scriptedRouter, at, expectObservable }) => {
        const router = takenIn(scriptedRouter(), registered.split('ms').length - 1);
        const user = client({ transport: router.transport, retry: RETRY });
        at(10, () => router.cut());

        expectObservable(user.register('com.p', () => 1, { staleSessionTimeout }).pipe(map(({ id }) => id)))
          .toBe(registered, { r: 80 }, expect.objectContaining({ uri: TAKEN }));
      });
    });

  it('takes its procedure over at once where it is told to, and where its old session is not missed yet', () => {
    tidyMarbles(({ router, client, at }) => {
      const first = client();
      const log: unknown[] = [];
      const old = heard(first.register('com.p', () => 'old')).log;
      const user = client({ retry: RETRY });
      // What was its own before the loss, and would be again: here another session has it in the meantime.
      const registration = user.register('com.q', () => 'new', { takeover: true }).pipe(map(({ uri }) => `${at.now()} ${uri}`));
      registration.subscribe((one) => log.push(one));
      user.link.marbles('10ms (xo)');
      const rival = client();
      const lost: unknown[] = [];
      at(20, () => lost.push(heard(rival.register('com.q', () => 'rival')).log));
      at(300, () => rival.call('com.q').subscribe(({ args: [who] }) => log.push(who)));
      at(400, () => {
        expect(log).toEqual(['0 com.q', '110 com.q', 'new']);
        expect(lost).toEqual([[expect.objectContaining({ uri: 'com.q' }), expect.any(RegistrationRevokedError)]]);
        expect([old.length, router.stats().registrations]).toEqual([1, 2]);
        for (const each of [first, user, rival]) void each.close();
      });
    });
  });

  it('never takes a procedure over at its first registration', () => {
    tidyMarbles(({ client, at }) => {
      const [first, second] = [client(), client()];
      first.register('com.p', () => 1).subscribe();

      const { log } = heard(second.register('com.p', () => 2, { takeover: true }));

      expect(log).toEqual([expect.objectContaining({ uri: 'wamp.error.procedure_already_exists' })]);
      at(1, () => { void first.close(); void second.close(); });
    });
  });

  it('counts what still runs of the session before, onLoss: finish', () => {
    tidyMarbles(({ client, at }) => {
      const user = client({ retry: RETRY });
      const caller = client();
      const log: unknown[] = [];
      user.register('com.p', () => { log.push(`run at ${at.now()}`); return NEVER; }, { strategy: 'exhaust', onLoss: 'finish' }).subscribe();
      const call = (): void => { caller.call('com.p').subscribe({ error: ({ uri }: { uri: string }) => log.push(uri) }); };
      at(1, call);
      user.link.marbles('10ms (xo)');
      at(200, call);
      at(201, () => {
        expect(log).toEqual(['run at 1', 'wamp.error.canceled', 'wamp.error.no_available_callee']);
        void user.close();
        void caller.close();
      });
    });
  });
});
