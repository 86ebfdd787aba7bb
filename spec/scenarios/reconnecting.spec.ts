import { describe, expect, it } from '@jest/globals';
import { NEVER, ReplaySubject, filter, firstValueFrom, map } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import { failureOf, listening, registered, valueOf } from '../support/peers.ts';
import { WITH_CORE, scene } from '../support/worlds.ts';

const state = (client: Client, kind: string): Promise<unknown> => firstValueFrom(client.state$.pipe(filter((one) => one.kind === kind)));

describe.each(WITH_CORE)('reconnecting over $name', (world) => {
  const stage = scene(world);

  if (!world.isCore) it('brings topics back, and tells of the gap', async () => {
    const client = stage.linked();
    const other = stage.client();
    const signals: string[] = [];
    client.topicStatus('com.back').pipe(map((signal) => (signal.kind === 'event' ? String(signal.event.args[0]) : signal.kind))).subscribe((signal) => signals.push(signal));
    const listener = await listening(client, 'com.back');

    other.publish('com.back', ['before']).subscribe();
    await listener.until('before');
    client.link.cut();
    await firstValueFrom(other.publish('com.back', ['missed'], { acknowledge: true }));
    const resubscribed = firstValueFrom(client.topicStatus('com.back').pipe(filter(({ kind }) => kind === 'subscribed')));
    client.link.restore();
    await resubscribed;
    other.publish('com.back', ['after']).subscribe();

    await listener.until('after');
    expect(signals.slice(signals.indexOf('subscribed'))).toEqual(['subscribed', 'before', 'suspended', 'subscribed', 'gap', 'after']);
  });

  it('registers procedures anew', async () => {
    const client = stage.linked();
    const other = stage.client();
    const registrations = new ReplaySubject<unknown>();
    client.register('com.back', () => 'here').subscribe(registrations);
    await firstValueFrom(registrations);

    const again = firstValueFrom(registrations.pipe(filter((_, n) => n === 1)));
    client.link.cut();
    client.link.restore();
    await again;

    expect(await valueOf(other.call('com.back'))).toBe('here');
  });

  it('fails calls that were sent, and keeps those that were not for the next session', async () => {
    const client = stage.linked();
    const callee = stage.client();
    const began = new ReplaySubject<void>();
    await registered(callee, 'com.never', () => { began.next(); return NEVER; });
    await registered(callee, 'com.add', ({ args: [a, b] }) => Number(a) + Number(b));
    const sent = failureOf(firstValueFrom(client.call('com.never')));
    await firstValueFrom(began);

    client.link.cut();
    const waiting = valueOf(client.call('com.add', [2, 3]));
    const published = firstValueFrom(client.publish('com.back', [], { acknowledge: true }));
    client.link.restore();

    expect(await sent).toMatchObject({ code: 'transport-lost', sent: true, effect: 'unknown', operation: { verb: 'call', uri: 'com.never' } });
    expect(await waiting).toBe(5);
    expect(await published).toEqual({ id: expect.any(Number) });
  });

  it('interrupts procedures whose callers cannot be answered any more', async () => {
    const client = stage.linked();
    const caller = stage.client();
    const [began, ended] = [new ReplaySubject<void>(), new ReplaySubject<unknown>()];
    await registered(client, 'com.long', (invocation) => new Promise(() => {
      began.next();
      invocation.signal.addEventListener('abort', () => ended.next(invocation.signal.reason));
    }));
    const failure = failureOf(firstValueFrom(caller.call('com.long')));
    await firstValueFrom(began);

    client.link.cut();

    expect(await firstValueFrom(ended)).toBe('lost');
    expect(await failure).toMatchObject({ uri: expect.stringMatching(/^wamp\.error\.cancell?ed$/) });
    client.link.restore();
  });

  it('is told by its states, with a session of its own each time', async () => {
    const client = stage.linked();
    const { id: first } = await client.connect();

    const waiting = state(client, 'waiting');
    client.link.cut();
    expect(await waiting).toMatchObject({ attempt: 1, cause: { code: 'transport-lost' } });
    const joined = state(client, 'joined');
    client.link.restore();

    expect(await joined).toMatchObject({ details: { id: expect.any(Number) } });
    expect(client.state.kind === 'joined' && client.state.details.id !== first).toBe(true);
  });

  it('goes on for as long as nobody can be reached', async () => {
    const client = stage.linked();
    await client.connect();
    const attempts = firstValueFrom(client.state$.pipe(filter((one) => one.kind === 'waiting' && one.attempt === 4)));

    client.link.cut();
    expect(await attempts).toMatchObject({ cause: { code: 'connect-failed' } });
    client.link.restore();

    await state(client, 'joined');
  });

  it('counts requests from 1 in each session', async () => {
    const client = stage.linked();
    const requests: unknown[] = [];
    client.frames$.subscribe(({ direction, message }) => {
      if (direction === 'out' && message.type === MessageType.PUBLISH) requests.push(message.request);
    });
    const publish = (): Promise<unknown> => firstValueFrom(client.publish('com.count', [], { acknowledge: true }));
    await client.connect();

    await publish();
    await publish();
    client.link.cut();
    client.link.restore();
    await publish();

    expect(requests).toEqual([1, 2, 1]);
  });
});
