import { describe, expect, it } from '@jest/globals';
import { NEVER, Observable, ReplaySubject, Subject, concat, filter, firstValueFrom, of } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import type { CallOptions, RegisterOptions } from '../../lib/session/options.ts';
import { failureOf, registered, valueOf } from '../support/peers.ts';
import { WITH_CORE, scene } from '../support/worlds.ts';

/** A procedure that runs until it is told to end, and tells when it began and how it ended. */
class LongRun {
  readonly began = new ReplaySubject<void>();
  readonly ended = new ReplaySubject<'answered' | 'interrupted'>();
  readonly answer = new Subject<string>();
  cause: unknown;

  register(callee: Client, uri: string, options?: RegisterOptions): Promise<unknown> {
    return registered(callee, uri, (invocation) => new Observable((subscriber) => {
      let answered = false;
      this.began.next();
      subscriber.add(this.answer.subscribe((value) => {
        answered = true;
        subscriber.next(value);
        subscriber.complete();
      }));
      subscriber.add(() => {
        this.cause = invocation.cause;
        this.ended.next(answered ? 'answered' : 'interrupted');
      });
    }), options);
  }
}

/** The mode of the next CANCEL that a client sends. */
const cancelOf = (client: Client): Promise<unknown> => firstValueFrom(client.frames$.pipe(filter(({ message }) => message.type === MessageType.CANCEL)))
  .then(({ message }) => ('options' in message ? message.options['mode'] : undefined));

describe.each(WITH_CORE)('cancelling calls over $name', (world) => {
  const stage = scene(world);

  async function running(options?: CallOptions): Promise<{ run: LongRun; caller: Client; callee: Client; call: { unsubscribe(): void }; heard: unknown[] }> {
    const [caller, callee, run] = [stage.client(), stage.client(), new LongRun()];
    await caller.connect();
    await run.register(callee, 'com.long');
    const heard: unknown[] = [];
    const call = caller.call('com.long', [], options).subscribe({ next: (value) => heard.push(value), error: (error: unknown) => heard.push(error), complete: () => heard.push('complete') });
    await firstValueFrom(run.began);
    return { run, caller, callee, call, heard };
  }

  it.each(['kill', 'killnowait'] as const)('interrupts the procedure when the caller unsubscribes: %s', async (cancelMode) => {
    const { run, caller, call, heard } = await running({ cancelMode });

    const cancel = cancelOf(caller);
    call.unsubscribe();

    expect(await cancel).toBe(cancelMode);
    expect(await firstValueFrom(run.ended)).toBe('interrupted');
    expect(run.cause).toBeDefined();
    expect(heard).toEqual([]);
  });

  it('lets the procedure run on and drops its result: skip', async () => {
    const { run, caller, callee, call, heard } = await running({ cancelMode: 'skip' });
    await registered(callee, 'com.other', () => 'other');

    const cancel = cancelOf(caller);
    call.unsubscribe();
    expect(await cancel).toBe('skip');
    expect(await valueOf(caller.call('com.other'))).toBe('other');
    run.answer.next('too late');

    expect(await firstValueFrom(run.ended)).toBe('answered');
    expect(await valueOf(caller.call('com.other'))).toBe('other');
    expect(heard).toEqual([]);
  });

  it('says nothing at all where that is wished: none', async () => {
    const { run, caller, callee, call, heard } = await running({ cancelMode: 'none' });
    await registered(callee, 'com.other', () => 'other');
    const sent: unknown[] = [];
    caller.frames$.subscribe(({ direction, message }) => { if (direction === 'out') sent.push(message.type); });

    call.unsubscribe();
    expect(await valueOf(caller.call('com.other'))).toBe('other');
    run.answer.next('too late');

    expect(await firstValueFrom(run.ended)).toBe('answered');
    expect(await valueOf(caller.call('com.other'))).toBe('other');
    expect(sent).toEqual([MessageType.CALL, MessageType.CALL]);
    expect(heard).toEqual([]);
  });

  it('ends progressive results with the subscription', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    const ended = new ReplaySubject<void>();
    await registered(callee, 'com.stream', () => concat(of(1, 2), new Observable((subscriber) => { subscriber.add(() => ended.next()); })));
    const heard: unknown[] = [];

    await new Promise<void>((resolve) => {
      const call = caller.call('com.stream', [], { progress: true }).subscribe(({ args: [value] }) => {
        heard.push(value);
        if (value !== 2) return;
        // On a synchronous link the value is here before the subscription is.
        void Promise.resolve().then(() => { call.unsubscribe(); resolve(); });
      });
    });

    await firstValueFrom(ended);
    expect(heard).toEqual([1, 2]);
  });

  it('interrupts the procedure when its caller leaves', async () => {
    const { run, caller, heard } = await running();

    await caller.close();

    expect(await firstValueFrom(run.ended)).toBe('interrupted');
    expect(heard).toMatchObject([{ code: 'transport-lost', sent: true, effect: 'unknown' }]);
  });

  it('answers the caller when the callee leaves', async () => {
    const { run, callee, caller } = await running();
    const failure = failureOf(firstValueFrom(caller.call('com.long')));
    await firstValueFrom(run.began.pipe(filter((_, n) => n === 1)));

    await callee.close();

    expect(await failure).toMatchObject({ uri: expect.stringMatching(/^wamp\.error\.cancell?ed$/), effect: 'unknown' });
  });

  it('cancels a call that takes too long', async () => {
    const [caller, callee, run] = [stage.client(), stage.client(), new LongRun()];
    await run.register(callee, 'com.long');

    const failure = await failureOf(firstValueFrom(caller.call('com.long', [], { timeout: 20 })));

    expect(failure).toMatchObject({ code: 'timeout', effect: 'unknown' });
    expect(await firstValueFrom(run.ended)).toBe('interrupted');
  });

  if (!world.isCore) it('interrupts what runs where a registration ends that way', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    const began = new ReplaySubject<void>();
    await callee.connect();
    const registration = await registered(callee, 'com.long', () => { began.next(); return NEVER; }, { onStop: 'interrupt' });
    const failure = failureOf(firstValueFrom(caller.call('com.long')));
    await firstValueFrom(began);

    registration.unsubscribe();

    expect(await failure).toMatchObject({ uri: 'wamp.error.canceled' });
  });

  it('lets what runs come to its end where a registration ends', async () => {
    const [caller, callee, run] = [stage.client(), stage.client(), new LongRun()];
    await caller.connect();
    const registration = (await run.register(callee, 'com.long')) as { unsubscribe(): void };
    const answer = valueOf(caller.call('com.long'));
    await firstValueFrom(run.began);
    const unregistered = firstValueFrom(callee.frames$.pipe(filter(({ message }) => message.type === MessageType.UNREGISTERED)));

    registration.unsubscribe();
    await unregistered;
    run.answer.next('at last');

    expect(await answer).toBe('at last');
  });
});
