import { describe, expect, it } from '@jest/globals';
import { NEVER, Subject, firstValueFrom, lastValueFrom, of } from 'rxjs';
import { ConnectFailedError } from '../../lib/errors.ts';
import { MessageType, type WampList } from '../../lib/protocol/messages.ts';
import { CLIENT_END } from '../../lib/protocol/wire.ts';
import { SERIALIZERS } from '../../lib/serializers/all.ts';
import { codec } from '../../lib/serializers/codec.ts';
import { json } from '../../lib/serializers/json.ts';
import { msgpack } from '../../lib/serializers/msgpack.ts';
import { SERIALIZERS_ON_DEMAND, SerializerOnDemand, withSerializerLoaded } from '../../lib/serializers/on-demand.ts';
import type { Serializer } from '../../lib/serializers/serializer.ts';
import type { Connection, Frame } from '../../lib/transports/transport.ts';

const GOODBYE: WampList = [MessageType.GOODBYE, {}, 'wamp.close.normal'];

const connectionOf = (subprotocol: string): Connection => Object.assign(new Subject<Frame>(), { subprotocol, writable$: NEVER, bufferedAmount: 0 });

/** A serializer on demand that counts how often it was loaded. */
function counted(load: () => Promise<Serializer> = () => Promise.resolve(msgpack())): { readonly serializer: SerializerOnDemand; readonly loads: () => number } {
  let loads = 0;
  const serializer = new SerializerOnDemand('wamp.2.msgpack', 2, () => {
    loads += 1;
    return load();
  });
  return { serializer, loads: () => loads };
}

describe('SERIALIZERS_ON_DEMAND', () => {
  it('has the same names, numbers and kinds of frames as SERIALIZERS, in the same order', () => {
    const known = (serializers: readonly Serializer[]): unknown => serializers.map(({ subprotocol, rawSocketId, binary }) => ({ subprotocol, rawSocketId, binary }));

    expect(known(SERIALIZERS_ON_DEMAND)).toEqual(known(SERIALIZERS));
  });

  it.each(SERIALIZERS.map(({ subprotocol }, at) => [subprotocol, at] as const))('writes and reads %s as SERIALIZERS do, once it is loaded', async (subprotocol, at) => {
    const [late, serializer] = [SERIALIZERS_ON_DEMAND[at]!, SERIALIZERS[at]!];
    await firstValueFrom(withSerializerLoaded(of(connectionOf(subprotocol)), SERIALIZERS_ON_DEMAND));

    const frame = late.encode(GOODBYE);

    expect(frame).toEqual(serializer.encode(GOODBYE));
    expect(late.decode(frame)).toEqual(GOODBYE);
    expect(codec(late).decode(frame)).toEqual(codec(serializer).decode(frame));
    expect(codec(late)).toMatchObject({ subprotocol, binary: serializer.binary });
  });
});

describe('SerializerOnDemand', () => {
  it.each<[string, (serializer: SerializerOnDemand) => unknown]>([
    ['encode', (serializer) => serializer.encode(GOODBYE)],
    ['decode', (serializer) => serializer.decode(msgpack().encode(GOODBYE))],
    ['codec', (serializer) => serializer.codec({ end: CLIENT_END })],
  ])('throws in %s before it is loaded', (_, use) => {
    const { serializer, loads } = counted();

    expect(() => use(serializer)).toThrow('wamp.2.msgpack must be loaded before it is used');
    expect(loads()).toBe(0);
  });

  it('is loaded at once when it was before', async () => {
    const { serializer, loads } = counted();
    await lastValueFrom(serializer.load());
    let loaded: Serializer | undefined;

    serializer.load().subscribe((each) => (loaded = each));

    expect(loaded).toBe(msgpack());
    expect(loads()).toBe(1);
  });

  it('is loaded by the next connection where it could not be by one', async () => {
    const outcomes = [Promise.reject(new Error('no such file')), Promise.resolve(msgpack())];
    const { serializer, loads } = counted(() => outcomes.shift()!);
    await expect(lastValueFrom(serializer.load())).rejects.toThrow('no such file');

    const loaded = await lastValueFrom(serializer.load());

    expect(loaded).toBe(msgpack());
    expect(loads()).toBe(2);
  });
});

describe('withSerializerLoaded', () => {
  it.each([
    ['a serializer that is there', 'wamp.2.json'],
    ['none that is known, which is for whoever joins to refuse', 'wamp.2.soap'],
  ])('hands on at once a connection that speaks %s', (_, subprotocol) => {
    const { serializer, loads } = counted();
    const connection = connectionOf(subprotocol);
    const seen: Connection[] = [];

    withSerializerLoaded(of(connection), [json(), serializer]).subscribe((each) => seen.push(each));

    expect(seen).toEqual([connection]);
    expect(loads()).toBe(0);
  });

  it('loads on a connection, and not before', async () => {
    const { serializer, loads } = counted();
    const dialled = new Subject<Connection>();
    const connection = connectionOf('wamp.2.msgpack');
    const handedOn = firstValueFrom(withSerializerLoaded(dialled, [json(), serializer]));
    expect(loads()).toBe(0);

    dialled.next(connection);

    expect(await handedOn).toBe(connection);
    expect(loads()).toBe(1);
  });

  it('errors where it cannot be loaded, and lets go of the connection', async () => {
    const dialled = new Subject<Connection>();
    const { serializer } = counted(() => Promise.reject(new Error('no such file')));
    const handedOn = firstValueFrom(withSerializerLoaded(dialled, [serializer]));

    dialled.next(connectionOf('wamp.2.msgpack'));
    const error = await handedOn.catch((failure: unknown) => failure);

    expect(error).toBeInstanceOf(ConnectFailedError);
    expect(error).toMatchObject({ message: 'wamp.2.msgpack cannot be loaded', cause: new Error('no such file') });
    expect(dialled.observed).toBe(false);
  });

  it('hands nothing on that is loaded after somebody has left', async () => {
    let finish = (_serializer: Serializer): void => {};
    const loading = new Promise<Serializer>((resolve) => (finish = resolve));
    const { serializer } = counted(() => loading);
    const dialled = new Subject<Connection>();
    const seen: Connection[] = [];
    const subscription = withSerializerLoaded(dialled, [serializer]).subscribe((each) => seen.push(each));
    dialled.next(connectionOf('wamp.2.msgpack'));

    subscription.unsubscribe();
    finish(msgpack());
    await loading;

    expect(dialled.observed).toBe(false);
    expect(seen).toEqual([]);
  });
});
