import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { readFileSync } from 'node:fs';
import { join as pathTo } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createRouter, type ListenOptions, type ListeningRouter } from '../../../lib/router/node.ts';
import { VERSION } from '../../../lib/version.ts';
import { join } from '../../support/raw-peer.ts';
import { closeSockets, onClose } from '../../support/sockets.ts';
import { ROOT } from '../../support/sources.ts';

afterEach(closeSockets);

async function start(options: ListenOptions, realm = 'realm1'): Promise<{ readonly router: ListeningRouter; readonly page: string }> {
  const router = createRouter({ realms: { [realm]: { auth: { ticket: { users: { joe: { ticket: 'sesame', role: 'user' } } }, anonymous: {} } } } });
  onClose(() => router.close({ drain: 0 }));
  const { url } = await router.listen('ws://127.0.0.1:0/ws', options);
  return { router, page: url.replace('ws:', 'http:').replace('/ws', '') };
}

async function open(url: string, headers: OutgoingHttpHeaders = {}, method = 'GET'): Promise<IncomingMessage> {
  const asking = request(url, { headers, method, agent: false });
  asking.end();
  const [response] = await once(asking, 'response') as [IncomingMessage];
  return response.setEncoding('utf8');
}

async function get(url: string, headers?: OutgoingHttpHeaders, method?: string): Promise<{ status: number | undefined; type: string | undefined; body: string; headers: IncomingMessage['headers'] }> {
  const response = await open(url, headers, method);
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode, type: response.headers['content-type'], body, headers: response.headers };
}

describe('VERSION', () => {
  it('is that of the package', () => {
    expect((JSON.parse(readFileSync(pathTo(ROOT, 'package.json'), 'utf8')) as { version: string }).version).toBe(VERSION);
  });
});

describe('the status page', () => {
  it('is there where it was asked for, and nowhere else', async () => {
    const [off, on] = [await start({}), await start({ status: true })];

    expect((await get(`${off.page}/`)).status).toBe(426);
    expect(await get(`${on.page}/?x=1`)).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' });
    expect((await get(`${on.page}/other`)).status).toBe(426);
    expect((await get(`${on.page}/ws`)).status).toBe(426);
  });

  it('may have the path of the WebSocket', async () => {
    const { page } = await start({ status: { path: '/ws' } });

    expect([(await get(`${page}/ws`)).status, (await get(`${page}/`)).status]).toEqual([200, 426]);
  });

  it('loads nothing, and runs nothing but its own script', async () => {
    const { page } = await start({ status: true });

    const { body, headers } = await get(`${page}/`);

    const policy = String(headers['content-security-policy']);
    const hashes = [...body.matchAll(/<(?:style|script)>([\s\S]*?)<\/(?:style|script)>/g)].map(([, text = '']) => createHash('sha256').update(text).digest('base64'));
    expect(hashes).toHaveLength(2);
    for (const hash of hashes) expect(policy).toContain(`'sha256-${hash}'`);
    expect(policy).toMatch(/^default-src 'none';/);
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(body).not.toMatch(/https?:|style=|\bon\w+=|src=|href=/);
  });

  it('is JSON for programs', async () => {
    const { router, page } = await start({ status: true });
    join(router.link(), 'realm1', { authmethods: ['ticket'], authid: 'joe' }).send([5, 'sesame', {}]);

    const { status, type, body } = await get(`${page}/`, { Accept: 'application/json' });

    expect([status, type]).toEqual([200, 'application/json; charset=utf-8']);
    expect(JSON.parse(body)).toEqual({ version: VERSION, ...router.stats(), uptime: expect.any(Number) });
    expect(JSON.parse(body)).toMatchObject({ sessions: 1, realms: { realm1: { sessions: 1 } } });
    expect(body).not.toMatch(/sesame|joe/);
  });

  it('shows the name of a realm as text', async () => {
    const { page } = await start({ status: true }, '<script>alert(1)</script>');

    const { body } = await get(`${page}/`);

    expect(body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(body).not.toContain('<script>alert');
  });

  it.each([['HEAD', 200, ''], ['POST', 405, 'the status is only read\n'], ['DELETE', 405, 'the status is only read\n']])('answers %s with %i', async (method, status, body) => {
    const { page } = await start({ status: true });

    expect(await get(`${page}/`, {}, method)).toMatchObject({ status, body });
  });

  it('keeps itself current, until the router is closed', async () => {
    const { router, page } = await start({ status: true });
    const stream = await open(`${page}/`, { Accept: 'text/event-stream' });
    expect(stream.headers).toMatchObject({ 'content-type': 'text/event-stream', 'content-security-policy': expect.any(String) });

    const [first] = await once(stream, 'data') as [string];
    join(router.link());
    const [second] = await once(stream, 'data') as [string];

    const drawn = [first, second].map((text) => JSON.parse(/^data: (.*)\n\n$/.exec(text)?.[1] ?? '') as string);
    expect(drawn.map((html) => />Sessions<\/h2><p class="value">(\d+)</.exec(html)?.[1])).toEqual(['0', '1']);
    const ended = new Promise((resolve) => { stream.on('error', () => {}).once('close', resolve); });
    await router.close({ drain: 0 });
    await ended;
  });

  it('keeps no more than so many pages current, and forgets those that are closed', async () => {
    const { page } = await start({ status: true });
    const streams = await Promise.all(Array.from({ length: 32 }, () => open(`${page}/`, { Accept: 'text/event-stream' })));

    expect(await get(`${page}/`, { Accept: 'text/event-stream' })).toMatchObject({ status: 503, body: 'at most 32 pages can be kept current\n' });
    for (const stream of streams) stream.destroy();
    let status: number | undefined = 503;
    for (let tries = 0; status === 503 && tries < 100; tries++) {
      const response = await open(`${page}/`, { Accept: 'text/event-stream' });
      status = response.statusCode;
      response.destroy();
    }

    expect(status).toBe(200);
  });

  it('is answered by a server of its own, unless that answers by itself', async () => {
    const { page } = await start({ status: true, server: createServer() });
    expect((await get(`${page}/`)).status).toBe(200);

    await expect(start({ status: true, server: createServer(() => {}) })).rejects.toThrow(
      new TypeError('server must have no answers of its own where there is a status page'),
    );
  });

  it.each(['status', '', '/a?b', '/a#b'])('refuses the path %j', async (path) => {
    await expect(start({ status: { path } })).rejects.toThrow(new TypeError(`status.path must be a path that begins with /, got ${JSON.stringify(path)}`));
  });
});
