/**
 * Requests that break a rule of HTTP or of long-poll: whoever makes them is refused, and alone; others on the same port, with a call under way all the time, are
 * answered and hear every event in order; and nothing of it stays in the router.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { Bystanders } from '../support/bystanders.ts';
import { ROLES } from '../support/raw-peer.ts';
import { leavesNothing } from '../support/undisturbed.ts';

const HELLO = JSON.stringify([1, 'realm1', { roles: ROLES }]);
const MEBIBYTE = 2 ** 20;
/** Milliseconds of silence after which a transport is gone. */
const SILENCE = 1500;
/** Rounds of the others in which everything of an offender has to be gone: longer than the silence, however fast they are. */
const PATIENCE = 100_000;

const times = <T>(count: number, make: (n: number) => T): readonly T[] => Array.from({ length: count }, (_, n) => make(n));

let router: ListeningRouter;
let base: string;
let port: number;
let bystanders: Bystanders;

beforeAll(async () => {
  router = createRouter({ realms: { realm1: {} }, limits: { sendQueue: { bytes: MEBIBYTE } } });
  const { url } = await router.listen('ws://127.0.0.1:0/ws', { longPoll: { path: '/lp', silenceTimeout: SILENCE, holdTime: 100 }, handshakeTimeout: 500, maxHandshakes: 50 });
  port = Number(new URL(url).port);
  base = `http://127.0.0.1:${port}/lp`;
  bystanders = await Bystanders.join(url);
});
leavesNothing(() => ({ router, bystanders }), PATIENCE, 30_000);
afterAll(async () => {
  await bystanders.leave();
  await router.close();
  expectNoLeaks({ clients: bystanders.clients, router });
});

const post = (path: string, body: string | Uint8Array<ArrayBuffer> = ''): Promise<Response> => fetch(`${base}/${path}`, { method: 'POST', body });

async function open(protocol = 'wamp.2.json.batched'): Promise<string> {
  const { transport } = await (await post('open', JSON.stringify({ protocols: [protocol] }))).json() as { readonly transport: string };
  return transport;
}

/** What a peer that writes bytes is answered with, until the router or `act` ends it. */
async function rawly(act: (write: (bytes: string) => void) => unknown): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (bytes: Buffer) => { answer += bytes.toString('latin1'); });
  socket.on('error', () => {});
  await act((bytes) => void socket.write(bytes));
  await once(socket, 'close');
  return answer;
}

describe('a request that breaks the rules', () => {
  it.each<[string, string]>([
    ['no HTTP at all', 'HELLO realm1\r\n\r\n'],
    ['two lengths', 'POST /lp/open HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    ['a length and chunks', 'POST /lp/open HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'],
    ['a length below nothing', 'POST /lp/open HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'],
    ['headers without an end', `POST /lp/open HTTP/1.1\r\n${'X-Y: z\r\n'.repeat(5000)}`],
    ['a chunk that is none', 'POST /lp/open HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['a body that never comes', 'POST /lp/open HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n'],
    ['headers that never come', 'POST /lp/open HTTP/1.1\r\nHost: x\r\n'],
  ])('is answered with an error, and its sender is gone: %s', async (_, bytes) => {
    const refused = rawly((write) => write(bytes));
    await bystanders.talkDuring(refused);

    expect(await refused).toMatch(/^HTTP\/1\.1 4\d\d /);
  });

  it.each<[string, string]>([
    ['a million names', JSON.stringify({ protocols: times(1_000_000, (n) => n) })],
    ['a hundred thousand levels', '['.repeat(16_000)],
    ['names that objects have', '{"protocols":["__proto__","constructor"]}'],
    ['names of Unicode', '{"protocols":["wamp.2.jsoñ"]}'],
  ])('opens nothing: %s', async (_, body) => {
    const answer = post('open', body);
    await bystanders.talkDuring(answer);

    expect([400, 413]).toContain((await answer).status);
  });

  it.each<[string, Uint8Array<ArrayBuffer> | string]>([
    ['an empty batch', ''],
    ['a message without its separator', HELLO],
    ['a million empty messages', '\x1e'.repeat(1_000_000)],
    ['a second message that is none', `${HELLO}\x1e]\x1e`],
    ['bytes that are no UTF-8', new Uint8Array([0x5b, 0xff, 0x1e])],
    ['a hundred thousand levels', `${'['.repeat(100_000)}\x1e`],
  ])('ends the transport that it is sent to, and no other: %s', async (_, body) => {
    const [offender, other] = [await open(), await open()];
    const sent = post(`${offender}/send`, body).then(async ({ status }) => {
      // ABORT may be there to be read first.
      const answers: number[] = [];
      while (answers.length < 10 && !answers.includes(404) && !answers.includes(410)) answers.push((await post(`${offender}/receive`)).status);
      return [status, answers.at(-1)];
    });
    await bystanders.talkDuring(sent);

    expect(await sent).toEqual([expect.any(Number), expect.any(Number)]);
    expect([404, 410]).toContain((await sent)[1]);
    expect((await post(`${other}/send`, `${HELLO}\x1e`)).status).toBe(204);
    expect(await (await post(`${other}/receive`)).text()).toMatch(/^\[2,/);
    expect((await post(`${other}/close`)).status).toBe(204);
  });

  it('may be one of many: transports that nobody asks are gone after a silence', async () => {
    const opened = Promise.all(times(200, () => open()));
    await bystanders.talkDuring(opened);

    expect(new Set(await opened).size).toBe(200);
  }, 30_000);

  it('takes no room from those who ask: requests for messages side by side let each other go', async () => {
    const transport = await open();
    const asking = Promise.all(times(50, () => post(`${transport}/receive`)));
    await bystanders.talkDuring(asking);

    expect(new Set((await asking).map(({ status }) => status))).toEqual(new Set([204]));
    await post(`${transport}/close`);
  });

  it('does not keep what it does not read beyond what may wait for it', async () => {
    const transport = await open();
    await post(`${transport}/send`, `${HELLO}\x1e[32,1,{},"com.flood"]\x1e`);
    expect(await (await post(`${transport}/receive`)).text()).toMatch(/^\[2,/);
    const [speaker] = bystanders.clients;

    for (let n = 0; n < 3; n++) speaker.publish('com.flood', ['x'.repeat(MEBIBYTE / 2)]).subscribe();
    await bystanders.round();
    await bystanders.round();

    const last: string[] = [];
    for (let status = 200; status === 200;) {
      const answer = await post(`${transport}/receive`);
      ({ status } = answer);
      last.push(await answer.text());
    }
    expect(last.join('')).toContain('rxwamp.close.slow_consumer');
  });
});
