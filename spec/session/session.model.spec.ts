import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Observable, type Subscription } from 'rxjs';
import { WampError } from '../../lib/errors.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import { ScriptedRouter, heard, joined } from '../support/scripted-router.ts';
import { inVirtualTime } from '../support/virtual-time.ts';

// Calls as a model: what each subscriber has to hear, and which calls may be cancelled.
type CallAct =
  | { readonly is: 'call'; readonly progress: boolean }
  | { readonly is: 'unsubscribe' | 'result' | 'progress' | 'error'; readonly which: number }
  | { readonly is: 'cut' };

const callAct: fc.Arbitrary<CallAct> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ is: fc.constant('call' as const), progress: fc.boolean() }) },
  { weight: 8, arbitrary: fc.record({ is: fc.constantFrom('unsubscribe' as const, 'result' as const, 'progress' as const, 'error' as const), which: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.constant({ is: 'cut' as const }) },
);

describe('Session.call in any order of things', () => {
  it('ends each call once, cancels only those that are open, and leaves nothing behind', () => {
    fc.assert(fc.property(fc.array(callAct, { maxLength: 40, size: 'max' }), (acts) => {
      const router = new ScriptedRouter();
      const { session } = joined(router);
      const calls: { readonly progress: boolean; readonly log: readonly unknown[]; readonly subscription: Subscription; readonly expected: string[]; open: boolean }[] = [];
      const cancelled: number[] = [];
      let alive = true;
      const end = (call: (typeof calls)[number] | undefined, ...heardLast: string[]): void => {
        if (call?.open !== true) return;
        call.open = false;
        call.expected.push(...heardLast);
      };
      const cut = (): void => {
        router.cut();
        alive = false;
        for (const call of calls) end(call, 'transport-lost');
      };

      for (const act of acts) {
        if (act.is === 'call') {
          const { log, subscription } = heard(session.call('com.a', [], { progress: act.progress }));
          calls.push({ progress: act.progress, log, subscription, open: alive, expected: alive ? [] : ['not-joined'] });
        } else if (act.is === 'cut') cut();
        else {
          const call = calls[act.which];
          const request = act.which + 1;
          if (act.is === 'unsubscribe') {
            if (call?.open === true) cancelled.push(request);
            end(call);
            call?.subscription.unsubscribe();
          } else if (act.is === 'progress') {
            router.send(50, request, { progress: true }, ['p']);
            if (call?.open === true && call.progress) call.expected.push('p');
          } else if (act.is === 'result') {
            router.send(50, request, {}, ['r']);
            end(call, 'r', 'complete');
          } else {
            router.send(8, 48, request, {}, 'com.no');
            end(call, 'application');
          }
        }
        expect(session.idle).toBe(!calls.some(({ open }) => open));
      }
      cut();

      expect(calls.map(({ log }) => log.map(nameOf))).toEqual(calls.map(({ expected }) => expected));
      expect(router.take().filter(([type]) => type === MessageType.CANCEL).map(([, request]) => request)).toEqual(cancelled);
      expect(session.idle).toBe(true);
    }), { numRuns: 500 });
  });
});

function nameOf(heardOne: unknown): unknown {
  if (heardOne instanceof WampError) return heardOne.code;
  return typeof heardOne === 'object' && heardOne !== null && 'args' in heardOne ? (heardOne.args as readonly unknown[])[0] : heardOne;
}

// All verbs at once, against a router that answers whatever is open in any order. What is said on the wire is held to the rules by a
// ledger of the router's; what is heard, to the contract of Observables.
type Act = { readonly is: 'topic' | 'status' | 'call' | 'register' | 'publish' | 'leave one' | 'accept' | 'refuse' | 'event' | 'invoke' | 'interrupt' | 'revoke'; readonly which: number };
type Ending = 'cut' | 'close' | 'goodbye' | 'abort' | 'garbage' | 'unsubscribe' | 'leave';

const act: fc.Arbitrary<Act> = fc.record({
  is: fc.constantFrom<Act['is']>('topic', 'topic', 'status', 'call', 'register', 'publish', 'leave one', 'leave one', 'leave one', 'accept', 'accept', 'accept', 'accept', 'refuse', 'event', 'invoke', 'interrupt', 'revoke'),
  which: fc.nat(5),
});

/** What a router knows of one session. */
class Ledger {
  readonly router: ScriptedRouter = new ScriptedRouter();
  readonly subscriptions: Set<number> = new Set<number>();
  readonly registrations: Set<number> = new Set<number>();
  readonly running: Set<number> = new Set<number>();
  readonly broken: string[] = [];
  #open: { type: number; request: number; of: number }[] = [];
  #calls = new Set<number>();
  #ids = 100;
  #invocations = 0;

  /** Reads what has arrived. */
  read(): void {
    for (const [type, request, of] of this.router.take() as [number, number, unknown][]) {
      if (type === MessageType.CANCEL) {
        if (!this.#calls.delete(request)) this.broken.push(`CANCEL of ${request}, which is not open`);
        this.#open = this.#open.filter((one) => one.request !== request);
      } else if (type === MessageType.YIELD || type === MessageType.ERROR) {
        const invocation = type === MessageType.ERROR ? of as number : request;
        if (!this.running.delete(invocation)) this.broken.push(`answer to ${invocation}, which is not running`);
      } else if (type === MessageType.UNSUBSCRIBE && !this.subscriptions.has(of as number)) this.#open.push({ type, request, of: 0 });
      else if (type === MessageType.PUBLISH && (of as { acknowledge?: boolean }).acknowledge !== true) continue;
      else {
        if (type === MessageType.CALL) this.#calls.add(request);
        this.#open.push({ type, request, of: typeof of === 'number' ? of : 0 });
      }
    }
  }

  accept(which: number, refuse: boolean): void {
    const [one] = this.#open.splice(which % Math.max(1, this.#open.length), 1);
    if (one === undefined) return;
    const { type, request, of } = one;
    this.#calls.delete(request);
    if (type === MessageType.UNSUBSCRIBE) {
      this.router.send(...(this.subscriptions.delete(of) ? [35, request] : [8, 34, request, {}, 'wamp.error.no_such_subscription']));
    } else if (type === MessageType.UNREGISTER) {
      this.router.send(...(this.registrations.delete(of) ? [67, request] : [8, 66, request, {}, 'wamp.error.no_such_registration']));
    } else if (refuse) this.router.send(8, type, request, {}, 'com.no');
    else if (type === MessageType.SUBSCRIBE) this.router.send(33, request, this.#new(this.subscriptions));
    else if (type === MessageType.REGISTER) this.router.send(65, request, this.#new(this.registrations));
    else if (type === MessageType.PUBLISH) this.router.send(17, request, 1);
    else if (type === MessageType.CALL) this.router.send(50, request, {});
  }

  act({ is, which }: Act): void {
    if (is === 'accept' || is === 'refuse') return this.accept(which, is === 'refuse');
    const subscription = [...this.subscriptions][which];
    const registration = [...this.registrations][which];
    if (is === 'event' && subscription !== undefined) this.router.send(36, subscription, 1, {});
    if (is === 'invoke' && registration !== undefined) {
      this.running.add(++this.#invocations);
      this.router.send(68, this.#invocations, registration, { receive_progress: which % 2 === 0 }, [which]);
    }
    if (is === 'interrupt') this.router.send(69, which + 1, {});
    if (is !== 'revoke') return;
    if (which % 2 === 0 && subscription !== undefined) {
      this.subscriptions.delete(subscription);
      this.router.send(35, 0, { subscription });
    } else if (registration !== undefined) {
      this.registrations.delete(registration);
      this.router.send(67, 0, { registration });
    }
  }

  #new(ids: Set<number>): number {
    ids.add(++this.#ids);
    return this.#ids;
  }
}

describe('Session in any order of things', () => {
  it('breaks no rule on the wire, ends each Observable at most once, and is idle when all have left or it is over', () => {
    fc.assert(fc.property(fc.array(act, { maxLength: 60, size: 'max' }), fc.constantFrom<Ending>('cut', 'close', 'goodbye', 'abort', 'garbage', 'unsubscribe', 'leave'), fc.boolean(), (acts, ending, settles) => {
      const ledger = new Ledger();
      const { router } = ledger;
      inVirtualTime((at) => {
        const { session, life, ends } = joined(router, { report: (error) => ledger.broken.push(`reported ${String(error)}`) });
        const all: { readonly log: unknown[]; readonly subscription: Subscription }[] = [];
        let stopped = 0;
        let started = 0;
        const procedure = ({ args: [which] }: { readonly args: readonly unknown[] }): unknown => which === 0 ? 'value' : new Observable(() => {
          started += 1;
          return () => { stopped += 1; };
        });
        const perform = (one: Act): void => {
          const uri = `com.u${one.which % 2}`;
          if (one.is === 'topic') all.push(heard(session.topic(uri, { match: one.which > 2 ? 'prefix' : 'exact' })));
          else if (one.is === 'status') all.push(heard(session.topicStatus(uri, { grace: one.which })));
          else if (one.is === 'call') all.push(heard(session.call(uri)));
          else if (one.is === 'publish') all.push(heard(session.publish(uri, [], { acknowledge: one.which > 2 })));
          else if (one.is === 'register') all.push(heard(session.register(uri, procedure, { onStop: one.which > 2 ? 'interrupt' : 'drain' })));
          else if (one.is === 'leave one') all[one.which]?.subscription.unsubscribe();
          else ledger.act(one);
        };
        const settle = (): void => {
          for (const { subscription } of all) subscription.unsubscribe();
          for (let ms = 0; ms < 40; ms++) {
            at(ms, () => {
              ledger.read();
              for (let i = 0; i < 20; i++) ledger.accept(0, false);
              for (let id = 1; id <= 60; id++) if (ledger.running.has(id)) router.send(69, id, {});
              ledger.read();
            });
          }
          at(41, () => {
            expect([session.idle, session.opening, ledger.subscriptions.size, ledger.registrations.size, ledger.running.size]).toEqual([true, 0, 0, 0, 0]);
          });
        };
        const end = (): void => {
          if (ending === 'cut') router.cut();
          else if (ending === 'close') router.close();
          else if (ending === 'goodbye') router.send(6, {}, 'wamp.close.system_shutdown');
          else if (ending === 'abort') router.send(3, {}, 'com.no');
          else if (ending === 'garbage') router.raw('?');
          else if (ending === 'unsubscribe') life.unsubscribe();
          else heard(session.leave());
        };

        acts.forEach((one, ms) => at(ms, () => {
          perform(one);
          ledger.read();
        }));
        if (settles) at(acts.length, settle);
        at(acts.length + 100, () => {
          ledger.read();
          const endedBefore = ends.length;
          end();
          const said = router.take().map(([type]) => type);
          for (const { log, subscription } of all) {
            const last = log.filter((one) => one === 'complete' || one instanceof Error);
            if (last.length > 1 || (last.length === 1 && last[0] !== log.at(-1))) ledger.broken.push('heard after the end');
            if (!subscription.closed) ledger.broken.push('still open after the end');
          }
          expect([endedBefore, ends.length]).toEqual([0, ending === 'unsubscribe' ? 0 : 1]);
          expect(said).toEqual({ cut: [], close: [], goodbye: [6], abort: [], garbage: [3], unsubscribe: [6], leave: [6] }[ending]);
          expect([session.idle, session.opening, router.open, stopped]).toEqual([true, 0, 0, started]);
        });
      });
      expect([ledger.broken, router.take()]).toEqual([[], []]);
    }), { numRuns: 500 });
  });
});
