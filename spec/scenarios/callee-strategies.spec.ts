import { describe, expect, it } from '@jest/globals';
import { NEVER, Observable, ReplaySubject, Subject, filter, firstValueFrom, map, take, toArray } from 'rxjs';
import { RegistrationRevokedError } from '../../lib/errors.ts';
import type { Invocation, RegisterOptions, Registration } from '../../lib/session/options.ts';
import { failureOf, registered, valueOf } from '../support/peers.ts';
import { EMBEDDED, WORLDS, embedded, scene } from '../support/worlds.ts';

const byFirst = ({ args: [first] }: Invocation): unknown => first;

/** A procedure whose invocations run until they are let go, by the name that is their second argument. */
class Gate {
  readonly log = new ReplaySubject<string>();
  readonly #open = new Subject<unknown>();

  readonly procedure = (invocation: Invocation): Observable<unknown> => new Observable((subscriber) => {
    const { args: [, name] } = invocation;
    this.log.next(`${String(name)} starts`);
    subscriber.add(this.#open.pipe(filter((one) => one === name), take(1)).subscribe(subscriber));
    return () => this.log.next(`${String(name)} stops${typeof invocation.cause === 'string' ? `, ${invocation.cause}` : ''}`);
  });

  open(name: string): void {
    this.#open.next(name);
  }

  first(count: number): Promise<readonly string[]> {
    return firstValueFrom(this.log.pipe(take(count), toArray()));
  }
}

describe.each(WORLDS)('strategies of callees over $name', (world) => {
  const stage = scene(world);

  async function playing(options: RegisterOptions): Promise<{ gate: Gate; call(key: string, name: string): Promise<unknown> }> {
    const [callee, caller, gate] = [stage.client(), stage.client(), new Gate()];
    await caller.connect();
    await registered(callee, 'com.gate', gate.procedure, options);
    return {
      gate,
      // The outcome: what was answered, or the URI of the error.
      call: (key, name) => valueOf(caller.call('com.gate', [key, name])).catch(({ uri }: { uri: string }) => uri),
    };
  }

  it('concat: runs one of a key after the other, keys side by side', async () => {
    const { gate, call } = await playing({ strategy: 'concat', key: byFirst });

    const calls = [call('x', 'x1'), call('x', 'x2'), call('y', 'y1')];
    await gate.first(2);
    for (const name of ['y1', 'x1']) gate.open(name);
    await gate.first(5);
    gate.open('x2');

    expect(await Promise.all(calls)).toEqual(['x1', 'x2', 'y1']);
    expect(await gate.first(6)).toEqual(['x1 starts', 'y1 starts', 'y1 stops', 'x1 stops', 'x2 starts', 'x2 stops']);
  });

  it('switch: interrupts the older one of a key', async () => {
    const { gate, call } = await playing({ strategy: 'switch', key: byFirst });

    const older = call('x', 'x1');
    await gate.first(1);
    const newer = call('x', 'x2');
    await gate.first(3);
    gate.open('x2');

    expect(await Promise.all([older, newer])).toEqual(['wamp.error.canceled', 'x2']);
    expect(await gate.first(4)).toEqual(['x1 starts', 'x1 stops, superseded', 'x2 starts', 'x2 stops']);
  });

  it.each<[string, RegisterOptions]>([['exhaust', { strategy: 'exhaust' }], ['concurrency', { concurrency: 1 }]])('%s: is not available while it is busy', async (_, options) => {
    const { gate, call } = await playing(options);

    const first = call('x', 'x1');
    await gate.first(1);
    const refused = await call('x', 'x2');
    gate.open('x1');
    await gate.first(2);
    const next = call('x', 'x3');
    await gate.first(3);
    gate.open('x3');

    expect([refused, await first, await next]).toEqual([expect.stringMatching(/^wamp\.error\.(no_available_callee|unavailable)$/), 'x1', 'x3']);
  });
});

describe.each(EMBEDDED)('calls that travel on over $name', (world) => {
  const stage = embedded(world);

  it('are cancelled from end to end', async () => {
    const [front, middle, back] = [stage.client(), stage.client(), stage.client()];
    const [log, running] = [new ReplaySubject<string>(), new ReplaySubject<void>()];
    await front.connect();
    await registered(back, 'com.back', (invocation) => new Observable(() => {
      running.next();
      return () => log.next(`back: ${String(invocation.cause)}`);
    }));
    await registered(middle, 'com.middle', ({ call }) => call('com.back'));

    const call = front.call('com.middle').subscribe();
    await firstValueFrom(running);
    call.unsubscribe();

    expect(await firstValueFrom(log)).toBe('back: killnowait');
  });

  it('hand their results and their errors back', async () => {
    const [front, middle, back] = [stage.client(), stage.client(), stage.client()];
    await registered(back, 'com.back', ({ args: [value] }) => (value as number) * 2);
    await registered(middle, 'com.middle', ({ args, call }) => call<number>(args[0] as string, [21]).pipe(map(({ args: [value] }) => value)));

    const [right, wrong] = [await valueOf(front.call('com.middle', ['com.back'])), await failureOf(valueOf(front.call('com.middle', ['com.nowhere'])))];

    expect([right, wrong]).toEqual([42, expect.objectContaining({ uri: 'wamp.error.no_such_procedure' })]);
  });

});

describe.each(EMBEDDED)('taking a procedure over, over $name', (world) => {
  const stage = embedded(world);

  it('does not wait until the router has missed the old session, which hears of it', async () => {
    const client = stage.linked();
    const rival = stage.client();
    const registrations = new ReplaySubject<Registration>();
    client.register('com.mine', () => 'mine', { takeover: true }).subscribe(registrations);
    await firstValueFrom(registrations);
    client.link.cut();
    // Stands for the session that was lost, as a router that has not missed it would see it.
    const stale = new ReplaySubject<Registration>();
    rival.register('com.mine', () => NEVER).subscribe(stale);
    const revoked = failureOf(firstValueFrom(stale.pipe(filter(() => false))));
    await firstValueFrom(stale);

    client.link.restore();
    await firstValueFrom(registrations.pipe(take(2), toArray()));

    expect(await revoked).toBeInstanceOf(RegistrationRevokedError);
    expect(await valueOf(rival.call('com.mine'))).toBe('mine');
  });
});
