import { expect } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { filter, firstValueFrom, lastValueFrom, of } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import * as z from 'zod';
import { ApplicationError, createClient, defineApi, type Client, type ClientOptions, type Payload, type Transport } from 'rxwamp';
import { boxKeyPair, type BoxKeyPair } from 'rxwamp/encryption';
import { fileSecurityModule } from 'rxwamp/keys/file-security-module';
import { Registry, procedure } from 'rxwamp/registry';
import { createRouter, type ListeningRouter, type RouterOptions } from 'rxwamp/router';
import { Link, record } from 'rxwamp/testing';
import { parseTemplate } from '../../lib/contract/uri-template.ts';
import { alike } from '../../lib/testing/alike.ts';
import { complete } from '../../lib/testing/builders.ts';
import { Expectations } from '../../lib/testing/expectations.ts';
import { showValue } from '../../lib/testing/show-value.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import { LOCKED } from './key-files.ts';

class Calculator {
  @procedure('add') add(a: number, b: number): number { return a + b; }
}

class OverflowInCalculator extends ApplicationError {
  constructor(payload: Payload) { super('com.calc.overflow', payload); }
}

class SoldOut extends Error {
  readonly item: string;

  constructor(item: string) {
    super(item);
    this.item = item;
  }
}

const url = 'ws://127.0.0.1:1/ws';
const realm = 'realm1';
const Order = z.object({ item: z.string() });
const Receipt = z.object({ number: z.number() });
const shopApi = defineApi({ topics: { 'com.shop.price': { args: z.tuple([z.number()]) } } });
const other = new Registry();

/** What examples call and wait for. */
const PROCEDURES: { readonly [uri: string]: () => unknown } = {
  'com.add': () => 5,
  'com.db.rows': () => of({ id: 1 }, { id: 2 }),
};

/** The names that examples find, and the end of it. */
export interface Stage {
  readonly names: { readonly [name: string]: unknown };
  close(): Promise<void>;
}

/**
 * What the examples of docblocks take for granted, made anew for each of them: a router, a client of it, and the rest of somebody's program.
 *
 * Who is called in `code` is there. Whatever an example makes of `createClient` and `createRouter` is closed behind it; a client that it would let dial is one of the stage's router.
 */
export async function setStage(code: string): Promise<Stage> {
  const closing: (() => Promise<unknown>)[] = [];
  const makeRouter = (options: RouterOptions): ListeningRouter => {
    const router = createRouter(options);
    closing.push(() => router.close());
    return router;
  };
  // What an example has called is answered before its clients leave.
  const makeClient = (options: ClientOptions): Client => {
    const client = createClient(options);
    closing.push(async () => {
      await firstValueFrom(client.state$.pipe(filter(({ kind }) => kind !== 'connecting' && kind !== 'authenticating')));
      await lastValueFrom(client.drain({ timeout: 1000 }), { defaultValue: undefined });
    });
    return client;
  };
  const router = makeRouter({ realms: { realm1: {}, admin: {} } });
  const { url: _url, ...own }: ClientOptions = { url, realm, transport: router.link() };
  const called = Object.entries(PROCEDURES).filter(([uri]) => code.includes(`'${uri}'`));
  if (called.length > 0) {
    const service = makeClient(own);
    for (const [uri, run] of called) service.register(uri, run).subscribe();
    await service.connect();
  }
  const client = makeClient(own);
  const dialling = ((options: ClientOptions) => {
    const { url: _unused, ...rest } = options;
    return makeClient('url' in options && options.url !== undefined ? { ...rest, transport: router.link() } : options);
  }) as typeof createClient;
  const ours: BoxKeyPair = boxKeyPair();
  const theirs: BoxKeyPair = boxKeyPair();
  const pairing = { originator: { secretKey: ours.secretKey }, responder: { publicKey: theirs.publicKey } };
  const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

  const program = {
    order: () => 'ordered', save: () => of(undefined), write: () => 1, zip: () => new Uint8Array(), unzip: () => ({ args: [], kwargs: {} }),
    askForIt: () => 'secret', token: () => 'token', tokens: { current: 'token' }, tills: other, statistics: other, customer: 'c7', button: new EventEmitter(),
    z, Order, Receipt, shopApi, Calculator, SoldOut, OverflowError: OverflowInCalculator,
  };
  const secrets = {
    passphrase: LOCKED.passphrase, secret: 'secret', ca: 'a certificate', message: new Uint8Array(3), bytes: new Uint8Array(3), ours: ours.secretKey, theirs: theirs.publicKey,
    next: pairing, current: pairing, wallet: { address: '0x0', signTypedData: () => '0x0' },
  };
  const environment = { env: { DEVICE_KEY: '01'.repeat(32) }, stderr: { write: () => true } };
  const http = {
    app: { use: () => undefined }, server: new EventEmitter(),
    express: () => ({ listen: (port: number) => {
      const server = createServer().listen(port, '127.0.0.1');
      closing.push(() => new Promise((resolve) => { server.close(resolve); }));
      return server;
    } }),
  };
  const inside = { parseTemplate, alike, complete, Expectations, showValue, memoryLink };
  const dialled = (): Transport => router.link();

  return {
    names: {
      client, router, url, realm, realms: { realm1: {} }, link: new Link(router.link(), { random: () => 0.5 }), scheduler, createClient: dialling, createRouter: makeRouter, webSocket: dialled, ws: dialled,
      same: (actual: unknown, expected: unknown) => expect(actual).toEqual(expected), process: environment, console: { log: () => undefined }, ...program, ...secrets, ...http, ...inside,
    },
    close: async () => { for (const close of closing.reverse()) await close(); },
  };
}

/** The files that examples read, in the folder they run in. */
export async function prepareFiles(folder: string): Promise<void> {
  writeFileSync(join(folder, 'id_ed25519'), LOCKED.file);

  const security = fileSecurityModule(join(folder, 'device.keys'));
  await security.open();
  await security.unlock(LOCKED.passphrase);
  await security.createKey();

  const router = createRouter({ realms: { realm1: {} } });
  const [service, client] = [createClient({ transport: router.link(), realm }), createClient({ transport: router.link(), realm })];
  service.register('com.add', () => 5).subscribe();
  await service.connect();
  const recorder = record(client.wire$);
  await lastValueFrom(client.call('com.add', [2, 3]));
  writeFileSync(join(folder, 'add.json'), JSON.stringify(recorder.stop()));
  await Promise.all([client.close(), service.close()]);
  await router.close();
}
