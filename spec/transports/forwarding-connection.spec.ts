import { describe, expect, it } from '@jest/globals';
import { NEVER, asyncScheduler, firstValueFrom, map, of, type Observable } from 'rxjs';
import { linkTo } from '../../lib/router/link.ts';
import { batched } from '../../lib/serializers/batched.ts';
import { codec } from '../../lib/serializers/codec.ts';
import { json } from '../../lib/serializers/json.ts';
import { msgpack } from '../../lib/serializers/msgpack.ts';
import { cutWhen } from '../../lib/testing/faults/cut-when.ts';
import { ForwardingConnection } from '../../lib/transports/forwarding-connection.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import type { Connection, Frame } from '../../lib/transports/transport.ts';

class Passing extends ForwardingConnection {
  constructor(inner: Connection) {
    super(inner, (subscriber) => inner.subscribe(subscriber));
  }
}

/** One that has everything a connection can have, and its far end. */
function whole(): { inner: Connection; far: Connection; sent: unknown[] } {
  const [near, far] = memoryLink({ subprotocol: 'wamp.2.cbor' });
  const sent: unknown[] = [];
  far.subscribe({ next: (frame) => sent.push(frame), error: () => sent.push('lost'), complete: () => sent.push('closed') });
  const inner = Object.assign(near, { maxLength: 512, bufferedAmount: 7, writable$: of(false), channelId: (type: string) => new TextEncoder().encode(type) });
  return { inner, far, sent };
}

describe('ForwardingConnection', () => {
  it('has all that the connection has which it stands in front of', async () => {
    const { inner } = whole();
    const outer = new Passing(inner);

    expect([outer.subprotocol, outer.bufferedAmount, outer.maxLength]).toEqual(['wamp.2.cbor', 7, 512]);
    expect(await firstValueFrom(outer.writable$)).toBe(false);
    expect(outer.channelId('tls-exporter')).toEqual(inner.channelId!('tls-exporter'));
  });

  it('has nothing that the connection does not have', () => {
    const [inner] = memoryLink();
    const outer = new Passing(inner);

    expect([outer.maxLength, outer.channelId('tls-unique')]).toStrictEqual([undefined, undefined]);
  });

  it('passes frames and ends on, either way', () => {
    const [one, other] = [whole(), whole()];
    const heard: unknown[] = [];
    const [outer, lost] = [new Passing(one.inner), new Passing(other.inner)];
    outer.subscribe({ next: (frame) => heard.push(frame), complete: () => heard.push('closed') });
    lost.subscribe({ error: () => heard.push('lost') });

    one.far.next('there');
    outer.next('here');
    outer.complete();
    lost.error(new Error('enough'));

    expect(heard).toEqual(['there', 'closed', 'lost']);
    expect([one.sent, other.sent]).toEqual([['here', 'closed'], ['lost']]);
  });
});

describe('what stands in front of a connection', () => {
  const cut = (inner: Connection): Observable<Connection> => of(inner).pipe(cutWhen(NEVER));
  const unbatched = (serializer: Parameters<typeof batched>[0]) => (inner: Connection): Observable<Connection> => of(codec(batched(serializer)).unbatch!(inner));

  it.each([
    ['a fault', cut, 512],
    ['batches of texts, each of which has a separator besides', unbatched(json()), 511],
    ['batches of bytes, each of which has a length besides', unbatched(msgpack()), 508],
  ])('tells what both ends of it know, and how much the peer takes: %s', async (_, over, expected) => {
    const { inner } = whole();

    const outer = await firstValueFrom(over(inner));

    expect(outer.maxLength).toBe(expected);
    expect(outer.channelId!('tls-unique')).toEqual(inner.channelId!('tls-unique'));
  });

  it('tells of no bound where there is none', async () => {
    const seen = await Promise.all([cut, unbatched(json()), unbatched(msgpack())].map((over) => firstValueFrom(over(memoryLink()[0]).pipe(map(({ maxLength }) => maxLength)))));

    expect(seen).toStrictEqual([undefined, undefined, undefined]);
  });

  it('is a ForwardingConnection where a router links', async () => {
    const accept = (far: Connection): void => far.next('welcome' satisfies Frame);

    const near = await firstValueFrom(linkTo({ subprotocol: 'wamp.2.json', latency: 0, scheduler: asyncScheduler, accept }));

    expect(near).toBeInstanceOf(ForwardingConnection);
  });
});
