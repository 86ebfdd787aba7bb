/** Cryptobox both ways between a client of ours and Autobahn|Python, at our router or at the one that WAMP_INTEROP names. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ReplaySubject, concat, firstValueFrom, from, lastValueFrom, map, of, throwError, toArray } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { boxKeyPair } from '../../lib/crypto/box.ts';
import { cryptobox } from '../../lib/encryption/cryptobox.ts';
import { Keyring } from '../../lib/encryption/keyring.ts';
import { ApplicationError } from '../../lib/errors.ts';
import { createClient } from '../../lib/node.ts';
import { toBase64 } from '../../lib/protocol/base64.ts';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import { SERIALIZERS as OURS } from '../../lib/serializers/all.ts';
import { result } from '../../lib/session/options.ts';
import { failureOf, listening, registered } from '../support/peers.ts';
import { Peer, SERIALIZERS, type Session } from './peer.ts';

const REALM = process.env['WAMP_INTEROP_REALM'] ?? 'realm1';
const AUTOBAHN = { name: 'Autobahn|Python', command: process.env['WAMP_PYTHON'] ?? 'python3', program: 'autobahn_python.py', serializers: SERIALIZERS };
const START_MS = 60_000;
const [ours, theirs, stranger] = [boxKeyPair(), boxKeyPair(), boxKeyPair()];
const ARGS = ['a secret', 7, { 'ä': [true, null] }];
const KWARGS = { more: 'of it' };

let url = process.env['WAMP_INTEROP'];
let router: ListeningRouter | undefined;
let plays = 0;

beforeAll(async () => {
  if (url !== undefined) return;
  router = createRouter({ realms: { [REALM]: {} } });
  ({ url } = await router.listen('ws://127.0.0.1:0/ws'));
}, START_MS);

afterAll(() => router?.close());

describe.each(SERIALIZERS)('cryptobox with Autobahn|Python, %s', (serializer) => {
  let peer: Peer;
  const clients: Client[] = [];
  const uri = (name: string): string => `interop.encryption${plays}.${name}`;

  /** A client of ours and a session of theirs. `we` are the originator, or the responder. */
  async function cast(we: 'originator' | 'responder', their = theirs): Promise<{ readonly client: Client; readonly session: Session }> {
    plays += 1;
    const keys = we === 'originator'
      ? { originator: ours, responder: { publicKey: theirs.publicKey } }
      : { originator: { publicKey: theirs.publicKey }, responder: ours };
    const [they, us] = we === 'originator' ? ['responder', 'originator'] : ['originator', 'responder'];
    const client = createClient({
      url: url ?? '', realm: REALM, serializers: OURS.filter(({ subprotocol }) => subprotocol === `wamp.2.${serializer}`),
      payloadCodec: cryptobox(new Keyring({ 'interop.': keys }), { dialect: 'transparency' }),
    });
    clients.push(client);
    const session = await peer.join(url ?? '', REALM);
    await session.encrypt('interop.', { [`${they}_priv`]: toBase64(their.secretKey), [`${us}_pub`]: toBase64(ours.publicKey) });
    return { client, session };
  }

  beforeAll(() => { peer = new Peer(AUTOBAHN, serializer); });
  afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));
  afterAll(() => peer.end());

  it('opens the events that we seal', async () => {
    const { client, session } = await cast('originator');
    await session.subscribe(uri('topic'));

    await firstValueFrom(client.publish(uri('topic'), { args: ARGS, kwargs: KWARGS }, { acknowledge: true }));

    expect(await session.events(uri('topic'), 1)).toMatchObject([{ args: ARGS, kwargs: KWARGS }]);
  }, START_MS);

  it('seals events that we open', async () => {
    const { client, session } = await cast('responder');
    const heard = await listening(client, uri('topic'));

    await session.publish(uri('topic'), ARGS, KWARGS);

    expect(await heard.first(1)).toMatchObject([{ args: ARGS, kwargs: KWARGS, details: { enc_algo: 'cryptobox', enc_serializer: 'json' } }]);
  });

  it('answers our calls, with progress and with errors', async () => {
    const { client, session } = await cast('originator');
    await session.register(uri('echo'), 'echo');
    await session.register(uri('count'), 'count');
    await session.register(uri('fail'), 'fail');

    expect(await firstValueFrom(client.call(uri('echo'), { args: ARGS, kwargs: KWARGS }))).toMatchObject({ args: ARGS, kwargs: KWARGS });
    expect(await lastValueFrom(client.call(uri('count'), [2], { progress: true }).pipe(map(({ args: [value] }) => value), toArray()))).toEqual([1, 2, 'done']);
    expect(await failureOf(firstValueFrom(client.call(uri('fail'), ['why'])))).toMatchObject({ uri: 'interop.failed', args: ['why'] });
  });

  it('calls us, and reads our progress and our errors', async () => {
    const { client, session } = await cast('responder');
    await registered(client, uri('echo'), ({ args, kwargs }) => result(args, kwargs));
    await registered(client, uri('count'), () => concat(from([1, 2]), of('done')), { final: 'last' });
    await registered(client, uri('fail'), ({ args }) => throwError(() => new ApplicationError('interop.failed', { args })));

    expect(await session.call(uri('echo'), ARGS, KWARGS)).toMatchObject({ args: ARGS, kwargs: KWARGS });
    expect(await session.call(uri('count'), [], {}, { progress: true })).toMatchObject({ args: ['done'], progress: [[1], [2]] });
    expect(await failureOf(session.call(uri('fail'), ['why']))).toMatchObject({ uri: 'interop.failed', args: ['why'] });
  });

  it('is told, as we are, where a key is wrong', async () => {
    const asked = await cast('responder', stranger);
    const errors$ = new ReplaySubject<unknown>();
    asked.client.errors$.subscribe(errors$);
    await registered(asked.client, uri('echo'), ({ args }) => result(args));
    expect(await failureOf(asked.session.call(uri('echo'), ARGS))).toMatchObject({ uri: 'wamp.error.encryption.decrypt_error' });
    expect(await firstValueFrom(errors$)).toMatchObject({ code: 'encryption', reason: 'not-authentic' });

    const answered = await cast('originator', stranger);
    await answered.session.register(uri('echo'), 'echo');
    expect(await failureOf(firstValueFrom(answered.client.call(uri('echo'), ARGS)))).toMatchObject({ code: expect.stringMatching(/^(encryption|application)$/) });
  });
});
