import { fork, type SerializationType } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { acceptIpc, ipc } from '../../lib/transports/ipc.ts';
import type { Connection } from '../../lib/transports/transport.ts';
import { fakeProcesses, type FakeProcess } from '../support/port-pairs.ts';
import { closeSockets, onClose } from '../support/sockets.ts';
import { ROOT } from '../support/sources.ts';

afterEach(closeSockets);

function opened(serialization: 'json' | 'advanced'): { readonly near: Connection; readonly far: Connection; readonly parent: FakeProcess } {
  const [parent, child] = fakeProcesses(serialization);
  let [near, far]: [Connection?, Connection?] = [];
  acceptIpc(child).subscribe((connection) => { far = connection; });
  ipc(parent).subscribe((connection) => { near = connection; });
  if (near === undefined || far === undefined) throw new Error('a connection must be there at once');
  return { near, far, parent };
}

describe('ipc', () => {
  it.each(['json', 'advanced'] as const)('carries text and bytes both ways over %s', (serialization) => {
    const { near, far } = opened(serialization);
    const seen: unknown[] = [];
    far.subscribe((frame) => far.next(frame));
    near.subscribe((frame) => seen.push(frame));

    near.next('é\n');
    near.next(Uint8Array.of(0, 1, 255));

    expect(seen).toEqual(['é\n', Uint8Array.of(0, 1, 255)]);
  });

  it.each(['json', 'advanced'] satisfies SerializationType[])('speaks with a process that was forked, over %s, and tells of its end', async (serialization) => {
    const child = fork(join(ROOT, '.build/spec/transports/programs/echoing-process.js'), [], { serialization, execArgv: [] });
    onClose(() => child.kill('SIGKILL'));
    const connection = await new Promise<Connection>((resolve, reject) => ipc(child, { subprotocols: ['wamp.2.json', 'wamp.2.cbor'] }).subscribe({ next: resolve, error: reject }));
    expect(connection.subprotocol).toBe('wamp.2.cbor');
    const back = firstValueFrom(connection);
    connection.next(Uint8Array.of(1, 2));
    expect(Uint8Array.from(await back as Uint8Array)).toEqual(Uint8Array.of(1, 2));

    const lost = new Promise((resolve) => connection.subscribe({ error: resolve }));
    connection.next('die');

    expect(String(await lost)).toBe('TransportLostError: connection to the other process was lost: it has ended, or disconnected');
    expect(child.listenerCount('message')).toBe(0);
  });

  it('is lost where the channel is, and leaves the messages of others alone', () => {
    const { near, far, parent } = opened('json');
    const seen: string[] = [];
    for (const end of [near, far]) end.subscribe({ error: ({ name }: Error) => seen.push(name) });
    parent.send({ mine: true }, () => {});
    expect(seen).toEqual([]);

    parent.disconnect();

    expect(seen).toEqual(['TransportLostError', 'TransportLostError']);
    expect(parent.eventNames()).toEqual([]);
  });

  it('fails where the channel is closed already', () => {
    const [parent] = fakeProcesses();
    parent.disconnect();
    let failure: unknown;
    ipc(parent).subscribe({ error: (error: unknown) => { failure = error; } });
    expect(failure).toMatchObject({ name: 'ConnectFailedError', cause: new Error('channel closed') });
  });

  it.each([[{}], [undefined], [{ send: undefined }]])('refuses a process without a channel: %j', (peer) => {
    expect(() => ipc(peer as FakeProcess)).toThrow('process must have a channel, as one that was forked, got');
    expect(() => acceptIpc(peer as FakeProcess)).toThrow(TypeError);
  });
});
