import { describe, expect, it } from '@jest/globals';
import { NEVER, filter, map, type Observable } from 'rxjs';
import { RegistrationRevokedError } from '../../lib/errors.ts';
import { createClient } from '../../lib/index.ts';
import type { Client } from '../../lib/client/client.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import type { RegisterOptions } from '../../lib/session/options.ts';
import { ScriptedRouter, heard } from '../support/scripted-router.ts';
import { inVirtualTime } from '../support/virtual-time.ts';
import { virtually } from '../support/virtual.ts';

const RETRY = { initialDelay: 100, jitter: 'none' } as const;

/** The options of each REGISTER that a client sends, as the router takes it. */
const registers = (client: Client): Observable<unknown> => client.frames$.pipe(
  filter(({ message }) => message.type === MessageType.REGISTER), map(({ at, message }) => [at, 'options' in message ? message.options : undefined]),
);

/** A client that registers, is cut at 10 ms, and finds its procedure taken from then on. Tells what it asks for, and when, and what it hears. */
function taken(options: RegisterOptions): { readonly asked: unknown[]; readonly log: unknown[] } {
  const router = new ScriptedRouter();
  const asked: unknown[] = [];
  let log: unknown[] = [];
  inVirtualTime((at) => {
    const client = createClient({ transport: router.transport, realm: 'realm1', retry: RETRY });
    registers(client).subscribe((register) => asked.push(register));
    log = heard(client.register('com.p', () => 1, options).pipe(map(({ id }) => id))).log;
    router.send(65, 1, 80);
    at(10, () => router.cut());
    for (let ms = 11; ms < 1500; ms++) {
      at(ms, () => {
        for (const [type, request] of router.take()) if (type === MessageType.REGISTER) router.send(8, 64, request, {}, 'wamp.error.procedure_already_exists');
      });
    }
    at(1500, () => { void client.close(); });
  });
  return { asked, log };
}

describe('a registration of a client', () => {
  // connection              o-x----o-----------------
  // default                 R      R-R---R-------R---     R REGISTER
  // takeover                R      F-F---F-------F---     F with force_reregister
  it.each([[{}, {}], [{ takeover: true }, { force_reregister: true }], [{ takeover: true, invoke: 'roundrobin' }, { invoke: 'roundrobin' }]] as const)(
    'asks again with growing waits while its procedure is taken, %j', (options, more) => {
      const { asked, log } = taken(options);

      const first = 'invoke' in options ? { match: 'exact', invoke: 'roundrobin' } : { match: 'exact' };
      const times = asked.map((one) => (one as [number, unknown])[0]);
      const waits = times.slice(2).map((time, at) => time - (times[at + 1] ?? 0));
      expect(asked.map((one) => (one as [number, unknown])[1])).toEqual([first, ...Array(asked.length - 1).fill({ match: 'exact', ...more })]);
      // Each with the ms that the scripted router takes to look.
      expect([times.slice(0, 2), waits]).toEqual([[0, 110], [101, 201, 401]]);
      expect(log).toEqual([80, 'complete']);
    });

  it.each([[0, 1], [250, 2], [301, 2], [304, 3]])('gives up when its old session has had %p ms to be missed', (staleSessionTimeout, attempts) => {
    const { asked, log } = taken({ staleSessionTimeout });

    expect([asked.length - 1, log]).toEqual([attempts, [80, expect.objectContaining({ uri: 'wamp.error.procedure_already_exists' })]]);
  });

  it('takes its procedure over at once where it is told to, and where its old session is not missed yet', () => {
    virtually(({ router, link, at }) => {
      const first = link();
      const log: unknown[] = [];
      const old = heard(first.client.register('com.p', () => 'old')).log;
      const { client, line } = link();
      // What was its own before the loss, and would be again: here another session has it in the meantime.
      const registration = client.register('com.q', () => 'new', { takeover: true }).pipe(map(({ uri }) => `${at.now()} ${uri}`));
      registration.subscribe((one) => log.push(one));
      at(10, () => { line.cut(); line.mend(); });
      const rival = link();
      const lost: unknown[] = [];
      at(20, () => lost.push(heard(rival.client.register('com.q', () => 'rival')).log));
      at(300, () => rival.client.call('com.q').subscribe(({ args: [who] }) => log.push(who)));
      at(400, () => {
        expect(log).toEqual(['0 com.q', '110 com.q', 'new']);
        expect(lost).toEqual([[expect.objectContaining({ uri: 'com.q' }), expect.any(RegistrationRevokedError)]]);
        expect([old.length, router.stats().registrations]).toEqual([1, 2]);
        for (const each of [first.client, client, rival.client]) void each.close();
      });
    });
  });

  it('never takes a procedure over at its first registration', () => {
    virtually(({ link, at }) => {
      const [first, second] = [link(), link()];
      first.client.register('com.p', () => 1).subscribe();

      const { log } = heard(second.client.register('com.p', () => 2, { takeover: true }));

      expect(log).toEqual([expect.objectContaining({ uri: 'wamp.error.procedure_already_exists' })]);
      at(1, () => { void first.client.close(); void second.client.close(); });
    });
  });

  it('counts what still runs of the session before, onLoss: finish', () => {
    virtually(({ link, at }) => {
      const { client, line } = link();
      const caller = link();
      const log: unknown[] = [];
      client.register('com.p', () => { log.push(`run at ${at.now()}`); return NEVER; }, { strategy: 'exhaust', onLoss: 'finish' }).subscribe();
      const call = (): void => { caller.client.call('com.p').subscribe({ error: ({ uri }: { uri: string }) => log.push(uri) }); };
      at(1, call);
      at(10, () => { line.cut(); line.mend(); });
      at(200, call);
      at(201, () => {
        expect(log).toEqual(['run at 1', 'wamp.error.canceled', 'wamp.error.unavailable']);
        void client.close();
        void caller.client.close();
      });
    });
  });
});
