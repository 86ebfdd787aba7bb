import { describe, expect, it } from '@jest/globals';
import { NEVER, asyncScheduler, concat, delay, filter, finalize, map, of, switchMap, timer, type Observable } from 'rxjs';
import { MessageType, type Message } from '../../lib/protocol/messages.ts';
import { wampMarbles } from '../../lib/testing/index.ts';

const at = (ms: number, act: () => void): void => { asyncScheduler.schedule(act, ms); };
const NAMES = new Map<number, string>(Object.entries(MessageType).map(([name, code]) => [code, name]));

/** All that comes of something. */
function logged(source: Observable<unknown>): unknown[] {
  const log: unknown[] = [];
  source.subscribe({ next: (value) => log.push(value), error: (error: Error) => log.push(error.name), complete: () => log.push('complete') });
  return log;
}

describe('Client.drain', () => {
  it('goes through its steps, each behind the answer to the one before', () => {
    wampMarbles(({ client, answers, expectLeaks }) => {
      const shop = client();
      shop.link.latency(5);
      answers('com.slow', '100ms (r|)', { r: 'done' });
      const sent: string[] = [];
      shop.register('com.mine', () => 1).subscribe();
      shop.topic('com.x').subscribe();
      shop.topic('com.y').subscribe();
      shop.call('com.slow').subscribe();
      at(50, () => {
        shop.link.sent$.subscribe((message: Message) => sent.push(`${asyncScheduler.now()} ${NAMES.get(message.type)}`));
        const remaining = logged(shop.drain());
        at(200, () => {
          expect(sent).toEqual(['50 UNREGISTER', '60 UNSUBSCRIBE', '60 UNSUBSCRIBE', '130 GOODBYE']);
          expect(remaining).toEqual([
            { registrations: 1, invocations: 0, requests: 2, topics: 2 }, { registrations: 0, invocations: 0, requests: 1, topics: 2 },
            { registrations: 0, invocations: 0, requests: 2, topics: 1 }, { registrations: 0, invocations: 0, requests: 1, topics: 0 },
            { registrations: 0, invocations: 0, requests: 0, topics: 0 }, 'complete',
          ]);
          expect(shop.state).toEqual({ kind: 'closed', cause: undefined });
        });
      });
      expectLeaks().toBeEmpty();
    });
  });

  it('delivers events until UNSUBSCRIBED, lets invocations and calls come to their end, and then completes', () => {
    wampMarbles(({ client, answers, publishes, expectObservable, expectLeaks }) => {
      const [shop, user] = [client(), client()];
      shop.link.latency(5);
      publishes('com.x', '20ms a 33ms b 20ms c');
      answers('com.slow', '100ms (r|)', { r: 'done' });
      shop.register('com.mine', () => of('mine').pipe(delay(60))).subscribe();
      const value = map(({ args: [first] }: { readonly args: readonly unknown[] }) => first);

      expectObservable(timer(40).pipe(switchMap(() => concat(shop.drain().pipe(filter(() => false)), of('left'))))).toBe('140ms (l|)', { l: 'left' });
      // UNREGISTERED at 50, UNSUBSCRIBED at 60: what is published at 54 still comes.
      expectObservable(shop.topic('com.x').pipe(value)).toBe('25ms a 33ms b|');
      expectObservable(shop.call('com.slow').pipe(value)).toBe('130ms (d|)', { d: 'done' });
      expectObservable(timer(41).pipe(switchMap(() => user.call('com.mine').pipe(value)))).toBe('111ms (m|)', { m: 'mine' });
      expectLeaks().toBeEmpty();
    });
  });

  it('takes nothing new: it errors with DrainingError, and has had no effect', () => {
    wampMarbles(({ client, answers, expectLeaks }) => {
      const shop = client();
      answers('com.slow', '50ms (r|)');
      shop.call('com.slow').subscribe();
      at(10, () => {
        const session = shop.state.kind === 'joined' ? shop.state.session : undefined;
        shop.drain().subscribe();
        const refused = { code: 'draining', effect: 'none' };
        const errors: unknown[] = [];
        const keep = { error: (error: unknown) => errors.push(error) };
        shop.call('com.x').subscribe(keep);
        shop.publish('com.x').subscribe(keep);
        shop.topic('com.x').subscribe(keep);
        shop.register('com.x', () => 1).subscribe(keep);
        session?.topic('com.x').subscribe(keep);
        session?.register('com.x', () => 1).subscribe(keep);
        expect(errors).toMatchObject([refused, refused, refused, refused, refused, refused]);
      });
      expectLeaks().toBeEmpty();
    });
  });

  it('interrupts what remains after its time, and leaves', () => {
    wampMarbles(({ client, answers, expectObservable, expectLeaks }) => {
      const [shop, user] = [client(), client()];
      answers('com.never', '60m (r|)');
      const ended: string[] = [];
      shop.register('com.mine', () => NEVER.pipe(finalize(() => ended.push(`interrupted at ${asyncScheduler.now()}`)))).subscribe();

      expectObservable(timer(10).pipe(switchMap(() => concat(shop.drain({ timeout: 100 }).pipe(filter(() => false)), of('left'))))).toBe('110ms (l|)', { l: 'left' });
      expectObservable(shop.call('com.never')).toBe('110ms #', undefined, expect.objectContaining({ code: 'transport-lost', sent: true }));
      expectObservable(timer(5).pipe(switchMap(() => user.call('com.mine')))).toBe('110ms #', undefined, expect.objectContaining({ uri: 'wamp.error.canceled' }));
      at(200, () => expect(ended).toEqual(['interrupted at 110']));
      expectLeaks().toBeEmpty();
    });
  });

  it('is one for all: another drain, and close, join the first', () => {
    wampMarbles(({ client, answers, expectObservable, expectLeaks }) => {
      const shop = client();
      answers('com.slow', '50ms (r|)', { r: 1 });
      const left = (drained: Observable<unknown>): Observable<unknown> => concat(drained.pipe(filter(() => false)), of('left'));

      expectObservable(shop.call('com.slow').pipe(map(() => 'r'))).toBe('50ms (r|)');
      expectObservable(timer(10).pipe(switchMap(() => left(shop.drain())))).toBe('50ms (l|)', { l: 'left' });
      expectObservable(timer(20).pipe(switchMap(() => left(shop.drain({ timeout: 1 }))))).toBe('50ms (l|)', { l: 'left' });
      at(30, () => void shop.close());
      expectLeaks().toBeEmpty();
    });
  });

  it('is over where there is no session, or is none any more, and does not dial again', () => {
    wampMarbles(({ client, answers, expectObservable, expectLeaks }) => {
      const [idle, cut] = [client(), client()];
      answers('com.slow', '50ms (r|)');
      expectObservable(idle.drain()).toBe('|');
      cut.call('com.slow').subscribe({ error: () => {} });
      at(20, () => cut.link.cut());
      expectObservable(timer(10).pipe(switchMap(() => cut.drain().pipe(map(() => 'r'))))).toBe('10ms r 9ms |');
      at(30, () => expect([cut.state, cut.link.dials]).toEqual([{ kind: 'closed', cause: undefined }, 1]));
      expectLeaks().toBeEmpty();
    });
  });
});
