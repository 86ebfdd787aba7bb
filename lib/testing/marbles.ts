import { TestScheduler } from 'rxjs/testing';
import { isThenable } from '../auth/maybe-later.ts';
import { Kit, type MarbleHelpers, type WampMarblesOptions } from './kit.ts';
import { RunMode, passTime, passTimeUntil } from './virtual-time.ts';

/** What {@link wampMarbles.async} hands to its callback: as {@link MarbleHelpers}, with a `flush` that has to be awaited. */
export interface AsyncMarbleHelpers extends Omit<MarbleHelpers, 'flush'> {
  /** Lets time pass until nothing is left to happen, and checks what was expected so far. */
  flush(): Promise<void>;
}

/** One test after the other: what virtual time puts in the place of timers is there for the whole process. */
let isRunning = false;

function enter(): void {
  if (isRunning) throw new Error('one wampMarbles must end before the next begins, got one inside another or beside it: await each wampMarbles.async(…)');
  isRunning = true;
}

/** {@link wampMarbles}, and how it is for promises. */
export interface WampMarbles {
  /**
   * Runs a client, a router and the network between them in one TestScheduler: a frame is 1 ms, and no real time passes.
   *
   * The callback draws what happens and what is expected; then time runs until nothing is left to happen, and what is expected is checked.
   * What the test made is closed behind it. Throws the first failure, with both sides drawn as marbles, and with the seed where chance had a
   * hand in it.
   *
   * ```ts
   * wampMarbles(({ client, publishes, expectObservable }) => {
   *   const shop = client();
   *   publishes('com.shop.price', '--a-b', { a: 3, b: 4 });
   *   shop.link.marbles('         ---------x 2s o');
   *
   *   const price$ = shop.topic('com.shop.price').pipe(arg(0));
   *
   *   expectObservable(price$, '^ 5s !').toBe('--a-b', { a: 3, b: 4 });
   * });
   * ```
   *
   * Inside, every scheduler of RxJS keeps virtual time, and so does all of this library; promises do not. A procedure that returns one fails
   * the test, loudly, since the answer would come after the end: {@link wampMarbles.async} waits for them.
   */
  (callback: (helpers: MarbleHelpers) => void, options?: WampMarblesOptions): void;
  /**
   * {@link wampMarbles} for what returns promises: they come to their end between any two things that happen, in the same virtual
   * millisecond. The callback may be async, and time passes while it waits.
   *
   * ```ts
   * await wampMarbles.async(async ({ client, expectObservable }) => {
   *   const [bank, teller] = [client(), client()];
   *   bank.register('com.bank.balance', async () => 100).subscribe();
   *   await bank.connect();
   *
   *   expectObservable(teller.call('com.bank.balance').pipe(arg(0))).toBe('(a|)', { a: 100 });
   * });
   * ```
   *
   * A promise that waits for real time, of a socket or of `setTimeout`, is not waited for.
   */
  async(callback: (helpers: AsyncMarbleHelpers) => unknown, options?: WampMarblesOptions): Promise<void>;
}

/** Client, router and network in one TestScheduler: see {@link WampMarbles}. */
export const wampMarbles: WampMarbles = Object.assign(run, { async: runSettling });

function run(callback: (helpers: MarbleHelpers) => void, options: WampMarblesOptions = {}): void {
  enter();
  try {
    const scheduler = new TestScheduler(() => {});
    scheduler.run((helpers) => {
      const kit = new Kit(scheduler, helpers, { ...options, promises: 'refuse' });
      const pass = (part: Iterable<undefined>): void => {
        for (const _ of part) scheduler.flush();
      };
      try {
        const returned: unknown = callback({ ...kit.helpers, flush: () => pass(kit.flush()) });
        if (isThenable(returned)) throw new TypeError('the callback of wampMarbles must return nothing, got a promise: use await wampMarbles.async(…)');
        pass(kit.finish());
      } catch (error) {
        throw kit.explain(error);
      } finally {
        try {
          pass(kit.close());
        } catch {
          // The test is over, and this is what it left behind.
        }
      }
    });
  } finally {
    isRunning = false;
  }
}

async function runSettling(callback: (helpers: AsyncMarbleHelpers) => unknown, options: WampMarblesOptions = {}): Promise<void> {
  enter();
  const scheduler = new TestScheduler(() => {});
  const mode = new RunMode(scheduler);
  try {
    const kit = new Kit(scheduler, mode.helpers, { ...options, promises: 'allow' });
    const pass = async (part: Iterable<undefined>): Promise<void> => {
      for (const _ of part) await passTime(scheduler);
    };
    try {
      const returned = callback({ ...kit.helpers, flush: () => pass(kit.flush()) });
      kit.start();
      if (isThenable(returned)) await passTimeUntil(scheduler, returned);
      await pass(kit.finish());
    } catch (error) {
      throw kit.explain(error);
    } finally {
      // The test is over, and this is what it left behind.
      await pass(kit.close()).catch(() => {});
    }
  } finally {
    mode.leave();
    isRunning = false;
  }
}
