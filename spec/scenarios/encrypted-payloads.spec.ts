import { describe, expect, it } from '@jest/globals';
import { ReplaySubject, concat, defer, firstValueFrom, from, lastValueFrom, map, of, reduce, throwError, toArray, type Observable } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { boxKeyPair } from '../../lib/crypto/box.ts';
import { cryptobox, type CryptoboxOptions } from '../../lib/encryption/cryptobox.ts';
import { Keyring } from '../../lib/encryption/keyring.ts';
import type { PayloadCodec } from '../../lib/encryption/payload-codec.ts';
import { ApplicationError } from '../../lib/errors.ts';
import { mapError } from '../../lib/session/error-mapping.ts';
import { result } from '../../lib/session/options.ts';
import type { Payload, PayloadInput } from '../../lib/types.ts';
import { failureOf, listening, registered } from '../support/peers.ts';
import { EMBEDDED, embedded } from '../support/worlds.ts';

const [ann, bob, eve] = [boxKeyPair(), boxKeyPair(), boxKeyPair()];
const bytes = new Uint8Array([0, 1, 255]);
const SECRET = { args: ['the secret', bytes], kwargs: { also: 'secret' } };

const codecs = (options: CryptoboxOptions): { readonly [who in 'ann' | 'bob' | 'eve']: PayloadCodec } => ({
  ann: cryptobox(new Keyring({ 'com.': { originator: ann, responder: { publicKey: bob.publicKey } } }), options),
  bob: cryptobox(new Keyring({ 'com.': { originator: { publicKey: ann.publicKey }, responder: bob } }), options),
  eve: cryptobox(new Keyring({ 'com.': { originator: eve, responder: { publicKey: bob.publicKey } } }), options),
});

/** All that goes over the wire of a client, as text. */
function overheard(client: Client): { said(): string } {
  const frames: unknown[] = [];
  client.frames$.subscribe(({ message }) => frames.push(message));
  return { said: () => JSON.stringify(frames, (_, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value)) };
}

const payloadOf = ({ args, kwargs }: Payload): Payload => ({ args, kwargs });
/** The first failure without a subscriber; those behind it are heard of too. */
function failures(client: Client): Promise<unknown> {
  const errors$ = new ReplaySubject<unknown>();
  client.errors$.subscribe(errors$);
  return firstValueFrom(errors$);
}

const worlds = EMBEDDED.filter(({ carries }) => carries('payload passthru')).flatMap((world) => [{ world, dialect: 'passthru' as const }, { world, dialect: 'transparency' as const }]);

describe.each(worlds.map((one) => ({ ...one, name: `${one.world.name}, dialect ${one.dialect}` })))('encrypted payloads over $name', ({ world, dialect }) => {
  const stage = embedded(world);
  const codec = codecs({ dialect });
  const cast = (): { ann: Client; bob: Client } => ({ ann: stage.client({ payloadCodec: codec.ann }), bob: stage.client({ payloadCodec: codec.bob }) });

  it('reach who has the key, and nobody else', async () => {
    const { ann: publisher, bob: subscriber } = cast();
    const [wire, stranger] = [overheard(publisher), stage.client()];
    const [heard, pattern, seen] = [await listening(subscriber, 'com.topic'), await listening(subscriber, 'com', { match: 'prefix' }), await listening(stranger, 'com.topic')];

    await firstValueFrom(publisher.publish('com.topic', SECRET, { acknowledge: true }));

    expect((await heard.first(1)).map(payloadOf)).toEqual([SECRET]);
    expect((await pattern.first(1)).map(payloadOf)).toEqual([SECRET]);
    expect((await seen.first(1)).map(({ args, kwargs }) => [args.map((arg) => arg instanceof Uint8Array), kwargs])).toEqual([[[true], {}]]);
    expect(wire.said()).not.toContain('secret');
  });

  it('go with calls, results, progress and input', async () => {
    const { ann: caller, bob: callee } = cast();
    const wire = overheard(callee);
    await registered(callee, 'com.echo', ({ args, kwargs }) => result(args, kwargs));
    await registered(callee, 'com.rows.all', ({ args: [prefix] }) => from([1, 2, 3]).pipe(map((n) => `${String(prefix)} secret ${n}`)));
    await registered(callee, 'com.join', ({ input$ }) => input$.pipe(reduce((text, { args: [part] }) => text + String(part), '')));
    const input$: Observable<PayloadInput> = from(['a secret', ' and', ' another']).pipe(map((part): PayloadInput => [part]));

    expect(payloadOf(await firstValueFrom(caller.call('com.echo', SECRET)))).toEqual(SECRET);
    expect(await lastValueFrom(caller.call('com.rows.all', ['a'], { progress: true }).pipe(map(({ args: [value] }) => value), toArray()))).toEqual(['a secret 1', 'a secret 2', 'a secret 3']);
    expect((await lastValueFrom(caller.call('com.join', input$))).args).toEqual(['a secret and another']);
    expect(wire.said()).not.toContain('secret');
  });

  it('keep to the credit of a stream', async () => {
    const { ann: caller, bob: callee } = cast();
    await registered(callee, 'com.rows', () => from(Array.from({ length: 20 }, (_, n) => n)));

    const rows = await lastValueFrom(caller.callStream('com.rows', [], { credit: 4 }).pipe(map(({ args: [row], details: { flow } }) => [row, flow]), toArray()));

    expect(rows).toEqual(Array.from({ length: 20 }, (_, n) => [n, 'credit']));
  });

  it('go with the errors of a procedure', async () => {
    const { ann: caller, bob: callee } = cast();
    const [wire, reported] = [overheard(callee), failures(callee)];
    await registered(callee, 'com.refuse', () => throwError(() => new ApplicationError('com.error.sold_out', { args: ['the secret'], kwargs: { left: 0 } })));
    await registered(callee, 'com.break', () => { throw new Error('a secret broke'); });

    expect(await failureOf(firstValueFrom(caller.call('com.refuse')))).toMatchObject({ code: 'application', uri: 'com.error.sold_out', args: ['the secret'], kwargs: { left: 0 } });
    expect(await failureOf(firstValueFrom(caller.call('com.break')))).toMatchObject({ uri: 'wamp.error.runtime_error', args: ['a secret broke'] });
    expect(await reported).toMatchObject({ message: 'a secret broke' });
    expect(wire.said()).not.toContain('secret');
  });

  it('leave the errors of the router as they are, and what it is asked', async () => {
    const { ann: caller } = cast();

    expect(await failureOf(firstValueFrom(caller.call('com.nobody')))).toMatchObject({ code: 'application', uri: 'wamp.error.no_such_procedure', effect: 'none' });
    expect((await firstValueFrom(caller.call('wamp.session.count'))).args).toEqual([1]);
  });

  it('of another key reach nobody', async () => {
    const [{ bob: reader }, forger] = [cast(), stage.client({ payloadCodec: codec.eve })];
    const heard = await listening(reader, 'com.topic');
    const procedure: unknown[] = [];
    await registered(reader, 'com.p', ({ args }) => { procedure.push(args); });
    const reported = failures(reader);

    forger.publish('com.topic', ['forged']).subscribe();

    expect(await reported).toMatchObject({ code: 'encryption', reason: 'not-authentic' });
    expect(await failureOf(firstValueFrom(forger.call('com.p', ['forged'])))).toMatchObject({ code: 'application', uri: 'wamp.error.encryption.decrypt_error', args: [] });
    expect([heard.events, procedure]).toEqual([[], []]);
  });

  it('are all that is taken where there is a key', async () => {
    const [{ ann: caller, bob: reader }, stranger] = [cast(), stage.client()];
    const heard = await listening(reader, 'com.topic');
    await registered(stranger, 'com.p', () => 'forged');
    await registered(reader, 'com.q', () => 'never run');
    const reported = failures(reader);

    stranger.publish('com.topic', ['forged']).subscribe();

    expect(await reported).toMatchObject({ code: 'encryption', reason: 'not-encrypted' });
    expect(await failureOf(firstValueFrom(caller.call('com.p')))).toMatchObject({ code: 'encryption', reason: 'not-encrypted', operation: { verb: 'call', uri: 'com.p' } });
    expect(await failureOf(firstValueFrom(stranger.call('com.q')))).toMatchObject({ uri: 'wamp.error.encryption.decrypt_error' });
    expect(heard.events).toEqual([]);
  });

  it('are not sent at all where the key for that is missing', async () => {
    const { bob: publisher } = cast();
    const wire = overheard(publisher);
    await publisher.connect();

    expect(await failureOf(firstValueFrom(publisher.publish('com.topic', SECRET)))).toMatchObject({ code: 'encryption', reason: 'missing-key' });
    expect(await failureOf(firstValueFrom(publisher.call('com.p', SECRET)))).toMatchObject({ code: 'encryption', reason: 'missing-key' });
    expect(wire.said()).not.toContain('secret');
  });

  it('make errors of the classes that a client maps', async () => {
    class SoldOut extends Error {}
    const errors = { 'com.error.sold_out': mapError({ type: SoldOut, read: ({ args: [item] }) => new SoldOut(String(item)), write: ({ message }) => [message] }) };
    const [caller, callee] = [stage.client({ payloadCodec: codec.ann, errors }), stage.client({ payloadCodec: codec.bob, errors })];
    await registered(callee, 'com.order', () => defer(() => concat(of(1), throwError(() => new SoldOut('tea')))));

    expect(await failureOf(lastValueFrom(caller.call('com.order')))).toEqual(new SoldOut('tea'));
  });
});
