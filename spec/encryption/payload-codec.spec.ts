import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PayloadCodec, type EncodedPayload, type PayloadContext } from '../../lib/encryption/payload-codec.ts';
import { EncryptionError, FeatureNotSupportedError } from '../../lib/errors.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import type { Dict, Payload } from '../../lib/types.ts';
import { anything, cargo, dict } from '../support/arbitraries.ts';
import { ScriptedRouter, heard, joined } from '../support/scripted-router.ts';

/** Writes the first argument in letters, and reads it. */
class Letters extends PayloadCodec {
  readonly #only: boolean;
  readonly #way: 'passthru' | 'transparency';

  constructor(way: 'passthru' | 'transparency' = 'passthru', only = false) {
    super();
    this.#only = only;
    this.#way = way;
  }

  override encode({ args: [text] }: Payload, { uri }: PayloadContext): EncodedPayload | undefined {
    if (!uri.startsWith('com.')) return undefined;
    const payload = new TextEncoder().encode(String(text));
    return this.#way === 'passthru' ? { payload, passthru: { scheme: 'x_letters' } } : { payload, transparency: { algo: 'letters', key: 'k' } };
  }

  override decode({ payload, passthru, transparency }: EncodedPayload): Partial<Payload> | undefined {
    return passthru?.scheme === 'x_letters' || transparency?.algo === 'letters' ? { args: [new TextDecoder().decode(payload)] } : undefined;
  }

  override acceptsPlain(): boolean { return !this.#only; }
}

const { PUBLISH, EVENT, SUBSCRIBED, CALL, RESULT, ERROR, INVOCATION, REGISTERED, YIELD } = MessageType;
const letters = (text: string): Uint8Array => new TextEncoder().encode(text);
const FEATURES = { payload_passthru_mode: true, payload_transparency: true, progressive_call_results: true };
const PPT = { ppt_scheme: 'x_letters' };

function scene(payloadCodec: PayloadCodec | undefined, features: Dict = FEATURES): ReturnType<typeof joined> & { readonly router: ScriptedRouter; readonly reports: unknown[] } {
  const router = new ScriptedRouter({ welcome: { roles: { broker: { features }, dealer: { features } } } });
  const reports: unknown[] = [];
  return { router, reports, ...joined(router, { payloadCodec, report: (error) => reports.push(error) }) };
}

describe('PayloadCodec', () => {
  it.each([
    ['passthru', [PUBLISH, 1, PPT, 'com.x', [letters('a')]], [CALL, 2, PPT, 'com.x', [letters('b')]]],
    ['transparency', [PUBLISH, 1, { enc_algo: 'letters', enc_key: 'k' }, 'com.x', letters('a')], [CALL, 2, { enc_algo: 'letters', enc_key: 'k' }, 'com.x', letters('b')]],
  ] as const)('stands between a session and its router: %s', (way, publish, call) => {
    const { router, session } = scene(new Letters(way));

    session.publish('com.x', ['a']).subscribe();
    heard(session.call('com.x', ['b'])).subscription.unsubscribe();
    session.publish('org.x', ['as it is']).subscribe();

    expect(router.take().filter(([type]) => type === PUBLISH || type === CALL)).toEqual([publish, call, [PUBLISH, 3, {}, 'org.x', ['as it is']]]);
  });

  it.each(['passthru', 'transparency'] as const)('sends nothing where the router does not announce that it hands it on: %s', (way) => {
    const { router, session } = scene(new Letters(way), {});

    const [publication, call] = [heard(session.publish('com.x', ['a'])), heard(session.call('com.x', ['a']))];

    expect([...publication.log, ...call.log]).toEqual([expect.any(FeatureNotSupportedError), expect.any(FeatureNotSupportedError)]);
    expect(router.take()).toEqual([]);
    session.publish('org.x').subscribe();
    expect(router.take()).toEqual([[PUBLISH, 1, {}, 'org.x']]);
  });

  it('decodes events, whatever the router says of their topic', () => {
    const { router, session, reports } = scene(new Letters('passthru', true));
    const events = heard(session.topic('com.x'));
    router.send(SUBSCRIBED, 1, 7);

    router.send(EVENT, 7, 1, PPT, [letters('a')]);
    router.send(EVENT, 7, 2, { topic: 'org.y' }, ['forged']);
    router.send(EVENT, 7, 3, { ppt_scheme: 'mqtt' }, [letters('forged')]);
    router.send(EVENT, 7, 4, { enc_algo: 'letters' }, letters('b'));

    expect(events.log).toMatchObject([{ args: ['a'], kwargs: {}, details: PPT }, { args: ['b'], kwargs: {} }]);
    expect(reports).toMatchObject([{ reason: 'not-encrypted', message: 'payload of com.x must be encrypted, got a plain one' }, { reason: 'not-encrypted' }]);
  });

  it('decodes results and progress, and fails the call where one cannot be read', () => {
    const { router, session } = scene(new Letters('passthru', true));
    const call = (): unknown[] => heard(session.call('com.x', ['?'], { progress: true })).log;
    const [fine, forged, cut] = [call(), call(), call()];

    router.send(RESULT, 1, { ...PPT, progress: true }, [letters('a')]);
    router.send(RESULT, 1, PPT, [letters('b')]);
    router.send(RESULT, 2, {}, ['forged']);
    router.send(RESULT, 3, { progress: true }, ['forged']);

    expect(fine).toMatchObject([{ progress: true, args: ['a'] }, { progress: false, args: ['b'] }, 'complete']);
    expect(forged).toMatchObject([{ reason: 'not-encrypted', operation: { verb: 'call', uri: 'com.x', request: 2 } }]);
    expect(cut).toMatchObject([{ reason: 'not-encrypted' }]);
  });

  it('decodes errors, and lets those of the router pass', () => {
    class Broken extends Letters {
      override decode(): never { throw new TypeError('it broke'); }
    }
    const { router, session } = scene(new Letters('passthru', true));
    const broken = scene(new Broken());
    const [told, plain] = [heard(session.call('com.x')).log, heard(session.call('com.x')).log];
    const unread = heard(broken.session.call('com.x')).log;

    router.send(ERROR, CALL, 1, PPT, 'com.error', [letters('a')]);
    router.send(ERROR, CALL, 2, {}, 'wamp.error.no_such_procedure', ['no such']);
    broken.router.send(ERROR, CALL, 1, PPT, 'com.error', [letters('a')]);

    expect([told, plain]).toMatchObject([[{ uri: 'com.error', args: ['a'] }], [{ uri: 'wamp.error.no_such_procedure', args: ['no such'] }]]);
    expect(unread).toMatchObject([{ code: 'encryption', reason: 'malformed', cause: { uri: 'com.error', args: [] } }]);
  });

  it('decodes invocations and encodes their answers, whatever the router says of their procedure', () => {
    const { router, session, reports } = scene(new Letters('passthru', true));
    heard(session.register('com.x', ({ args: [text] }) => { if (text === 'fail') throw new Error('why'); return `${String(text)}!`; }));
    router.send(REGISTERED, 1, 9);
    router.take();

    router.send(INVOCATION, 1, 9, { ...PPT, procedure: 'org.y' }, [letters('a')]);
    router.send(INVOCATION, 2, 9, PPT, [letters('fail')]);
    router.send(INVOCATION, 3, 9, { procedure: 'org.y' }, ['forged']);

    expect(router.take()).toEqual([
      [YIELD, 1, PPT, [letters('a!')]],
      [ERROR, INVOCATION, 2, {}, 'wamp.error.runtime_error', ['why']],
      [ERROR, INVOCATION, 3, {}, 'wamp.error.encryption.decrypt_error'],
    ]);
    expect(reports).toMatchObject([{ message: 'why' }, { reason: 'not-encrypted' }]);
  });

  it('keeps an answer back that it cannot encode, and the reason of it', () => {
    class Mute extends Letters {
      override encode(): never { throw new EncryptionError('no key', { reason: 'missing-key' }); }
    }
    const { router, session, reports } = scene(new Mute());
    heard(session.register('com.x', () => 'a secret'));
    router.send(REGISTERED, 1, 9);
    router.take();

    router.send(INVOCATION, 1, 9, PPT, [letters('a')]);

    expect(router.take()).toEqual([[ERROR, INVOCATION, 1, {}, 'wamp.error.runtime_error']]);
    expect(reports).toMatchObject([{ reason: 'missing-key' }, { reason: 'missing-key' }]);
  });

  it('gives what is no EncryptionError as the cause of one, also where it decodes to no payload', () => {
    class Odd extends Letters {
      override decode(): never { return { args: 'no list' } as never; }
    }

    expect(() => new Odd().read({ args: [letters('a')], kwargs: undefined }, PPT, { uri: 'com.x', from: 'originator' })).toThrow(expect.objectContaining({ reason: 'malformed', cause: expect.any(TypeError) }));
  });

  it('hands on opaque bytes as the one argument where nobody reads them', () => {
    const { router, session } = scene(undefined);
    const events = heard(session.topic('com.x'));
    router.send(SUBSCRIBED, 1, 7);

    router.send(EVENT, 7, 1, { enc_algo: 'mqtt', enc_serializer: 'native' }, letters('a'));

    expect(events.log).toMatchObject([{ args: [letters('a')], kwargs: {}, details: { enc_algo: 'mqtt' } }]);
  });

  it('reads any message as a payload, or as nothing but an EncryptionError', () => {
    const details = fc.oneof(dict, fc.record({ ppt_scheme: fc.constantFrom('x_letters', 'mqtt', '', 7), ppt_cipher: anything }), fc.record({ enc_algo: anything }));
    fc.assert(fc.property(cargo, details, fc.boolean(), (end, said, only) => {
      try {
        const read = new Letters('passthru', only).read(end, said as Dict, { uri: 'com.x', from: 'originator' });
        expect(read === undefined || read.args?.length === 1).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(EncryptionError);
      }
    }));
  });
});

describe('the option passthru', () => {
  const bytes = letters('raw');
  const passthru = { scheme: 'mqtt', serializer: 'native' };
  const options = { ppt_scheme: 'mqtt', ppt_serializer: 'native' };

  it.each([['without a codec', undefined], ['past a codec', new Letters()]])('sends bytes as they are, %s', (_, codec) => {
    const { router, session } = scene(codec);

    session.publish('com.x', [bytes], { passthru, acknowledge: true }).subscribe();
    session.call('com.x', [bytes], { passthru }).subscribe();

    expect(router.take()).toEqual([[PUBLISH, 1, { acknowledge: true, ...options }, 'com.x', [bytes]], [CALL, 2, options, 'com.x', [bytes]]]);
  });

  it('is refused, and nothing sent, where the router does not announce payload_passthru_mode', () => {
    const { router, session } = scene(undefined, { payload_transparency: true });

    const [publication, call] = [heard(session.publish('com.x', [bytes], { passthru })), heard(session.call('com.x', [bytes], { passthru }))];

    expect([...publication.log, ...call.log]).toEqual([expect.any(FeatureNotSupportedError), expect.any(FeatureNotSupportedError)]);
    expect(router.take()).toEqual([]);
  });

  it.each([[[]], [['text']], [[bytes, 1]], [{ args: [bytes], kwargs: { a: 1 } }], [undefined]])('wants one Uint8Array as the payload', (payload) => {
    const { session } = scene(undefined);

    expect(() => session.publish('com.x', payload, { passthru })).toThrow(new TypeError('payload must be one Uint8Array where passthru is given, got another'));
    expect(() => session.call('com.x', payload, { passthru })).toThrow(TypeError);
  });

  it.each([
    [{ scheme: '' }, 'passthru.scheme must be a string that is not empty, got ""'],
    [{}, 'passthru.scheme must be a string that is not empty, got nothing'],
    [{ scheme: 'mqtt', keyid: 7 }, 'passthru.keyid must be a string, got 7'],
  ])('refuses %j', (given, message) => {
    expect(() => scene(undefined).session.publish('com.x', [bytes], { passthru: given as never })).toThrow(new TypeError(message));
  });
});
