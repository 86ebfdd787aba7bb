import { describe, expect, it } from '@jest/globals';
import { NEVER, Subject, map, of, throwError, timer } from 'rxjs';
import { clientOf, partsOf } from '../../lib/client/create-client.ts';
import type { Hint } from '../../lib/client/hints.ts';
import type { Attempt, ClientOptions } from '../../lib/client/options.ts';
import { ConnectFailedError, InvalidUriError } from '../../lib/errors.ts';
import { createClient } from '../../lib/index.ts';
import { json } from '../../lib/serializers/json.ts';
import { cbor } from '../../lib/serializers/cbor.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { ScriptedRouter } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const URL = 'ws://127.0.0.1:1/ws';
const transport = NEVER;

describe('createClient', () => {
  it.each<[string, ClientOptions, new (...args: never) => Error, string]>([
    ['an empty realm', { url: URL, realm: '' }, InvalidUriError, 'realm must be a URI, got ""'],
    ['a realm with a space', { url: URL, realm: 'realm 1' }, InvalidUriError, 'realm must be a URI, got "realm 1"'],
    ['a URL of an unknown scheme', { url: 'http://127.0.0.1/ws', realm: 'realm1' }, RangeError, 'url must begin with ws:// or wss://, got "http:"'],
    ['a URL that is none', { url: 'here', realm: 'realm1' }, TypeError, 'url must be an absolute URL such as ws://localhost:8080/ws, got "here"'],
    ['one bad URL of several', { url: [URL, 'ftp://x'], realm: 'realm1' }, RangeError, 'url must begin with ws:// or wss://, got "ftp:"'],
    ['no URL of several', { url: [], realm: 'realm1' }, TypeError, 'url must be a string, a list with at least one, a function or an Observable, got a list'],
    ['neither a URL nor a transport', { realm: 'realm1' }, TypeError, 'client must have either a url or a transport, got neither'],
    ['both of them', { url: URL, transport, realm: 'realm1' }, TypeError, 'client must have either a url or a transport, got both'],
    ['no serializer', { url: URL, realm: 'realm1', serializers: [] }, RangeError, 'serializers must name at least one, got an empty list'],
    ['a negative delay', { transport, realm: 'realm1', retry: { initialDelay: -1 } }, RangeError, 'retry: initialDelay must be a number of at least 0, got -1'],
    ['an unknown jitter', { transport, realm: 'realm1', retry: { jitter: 'some' as never } }, RangeError, "retry: jitter must be 'full' or 'none', got some"],
    ['what is no way to resume', { transport, realm: 'realm1', resume: 'yes' as never }, TypeError, 'resume must be true, false or an object, got "yes"'],
    ['a time to resume that is none', { transport, realm: 'realm1', resume: { timeout: -1 } }, RangeError, 'resume.timeout must be a number of milliseconds from 0 to 2147483647, got -1'],
    ['half a message', { transport, realm: 'realm1', resume: { messages: 0.5 } }, RangeError, 'resume.messages must be a whole number from 0 up, got 0.5'],
    ['fewer bytes than none', { transport, realm: 'realm1', resume: { bytes: -1 } }, RangeError, 'resume.bytes must be a whole number from 0 up, got -1'],
    ['an unknown rule for being offline', { transport, realm: 'realm1', offline: 'drop' as never }, RangeError, "offline must be 'wait' or 'fail', got \"drop\""],
    ['a queue of less than none', { transport, realm: 'realm1', queue: { limit: -1 } }, RangeError, 'queue.limit must be a whole number from 0 up, got -1'],
    ['a timeout that no timer can wait for', { transport, realm: 'realm1', timeouts: { join: Infinity } }, RangeError, 'timeouts.join must be a number of milliseconds from 0 to 2147483647, got Infinity'],
  ])('refuses %s at the call', (_, options, kind, message) => {
    expect(() => createClient(options)).toThrow(kind);
    expect(() => createClient(options)).toThrow(message);
  });

  it('goes through a list of URLs attempt by attempt', () => {
    tidyMarbles(({ at }) => {
      const dialled: string[] = [];
      const client = clientOf({ url: [URL, 'ws://127.0.0.1:2/ws'], realm: 'realm1', retry: { initialDelay: 10, factor: 1, jitter: 'none', maxAttempts: 3 } }, {
        dial: (url) => { dialled.push(url); return throwError(() => new ConnectFailedError('refused')); },
        serializers: () => [json()],
      });
      client.topic('com.x').subscribe({ error: () => {} });
      at(100, () => {
        expect(dialled).toEqual([URL, 'ws://127.0.0.1:2/ws', URL, 'ws://127.0.0.1:2/ws']);
        expectNoLeaks({ clients: [client] });
      });
    });
  });

  it('asks for the URL and the credentials of each attempt, and counts an attempt that is given none', () => {
    tidyMarbles(({ at }) => {
      const router = new ScriptedRouter();
      const asked: Attempt[] = [];
      const signatures: unknown[] = [];
      let tokens = 0;
      const client = clientOf({
        url: (attempt) => { asked.push(attempt); return attempt.attempt === 0 ? throwError(() => new Error('no address yet')) : of(URL); },
        realm: 'realm1',
        auth: ({ attempt }) => timer(2).pipe(map(() => ({ method: 'ticket', authid: 'peter', answer: () => ({ signature: `token ${++tokens} of attempt ${attempt}` }) }))),
        retry: { initialDelay: 10, factor: 1, jitter: 'none' },
      }, { dial: () => router.transport, serializers: () => [json()] });
      router.handshake = 'script';
      client.topic('com.x').subscribe();
      at(15, () => {
        expect(router.take()).toMatchObject([[1, 'realm1', { authmethods: ['ticket'], authid: 'peter' }]]);
        router.send(4, 'ticket', {});
        signatures.push(...router.take());
        router.send(2, 1001, {});
        router.cut();
      });
      at(30, () => {
        router.take();
        router.send(4, 'ticket', {});
        signatures.push(...router.take());
        expect(signatures).toEqual([[5, 'token 1 of attempt 1', {}], [5, 'token 2 of attempt 2', {}]]);
        expect(asked).toMatchObject([{ attempt: 0, previousError: undefined, lastDetails: undefined }, { attempt: 1, previousError: { code: 'connect-failed' } }, { attempt: 2, previousError: { code: 'transport-lost' }, lastDetails: { id: 1001 } }]);
        router.handshake = 'polite';
        void client.close();
        expectNoLeaks({ clients: [client] });
      });
    });
  });

  it('offers its serializers to what dials, and speaks the one that was chosen', () => {
    const offered: (readonly string[])[] = [];
    const client = clientOf({ url: URL, realm: 'realm1' }, {
      dial: (_, { subprotocols }) => { offered.push(subprotocols); return NEVER; },
      serializers: () => [cbor(), json()],
    });
    const watching = client.topic('com.x').subscribe();
    expect(offered).toEqual([['wamp.2.cbor', 'wamp.2.json']]);
    watching.unsubscribe();
  });

  it('takes an Observable of URLs', () => {
    const dialled: string[] = [];
    const urls = new Subject<string>();
    const client = clientOf({ url: urls, realm: 'realm1' }, { dial: (url) => { dialled.push(url); return NEVER; }, serializers: () => [json()] });
    const watching = client.topic('com.x').subscribe();
    urls.next(URL);
    expect(dialled).toEqual([URL]);
    watching.unsubscribe();
  });

  it.each<[string, ClientOptions['url'], readonly string[]]>([
    ['a router elsewhere', 'wss://example.com/ws', ['offline', 'online']],
    ['a name that looks like this machine', 'ws://localhost.example.com/ws', ['offline', 'online']],
    ['an address that looks like it', 'ws://127.example.com/ws', ['offline', 'online']],
    ['this machine, and one elsewhere', ['ws://localhost:8080/ws', 'wss://example.com/ws'], ['offline', 'online']],
    ['where nobody knows yet', () => of(URL), ['offline', 'online']],
    ['this machine by its name', 'ws://localhost/ws', ['online']],
    ['a name below it', 'ws://app.localhost:8080/ws', ['online']],
    ['its addresses', [URL, 'wss://[::1]:8080/ws'], ['online']],
  ])('hears of the network for %s', (_, url, expected) => {
    const heard: string[] = [];

    partsOf({ url, realm: 'realm1' }, { dial: () => NEVER, serializers: () => [json()], hints: () => of<Hint[]>('offline', 'online') }).hints$.subscribe((hint) => heard.push(hint));

    expect(heard).toEqual(expected);
  });
});
