import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { firstValueFrom } from 'rxjs';
import { httpPost, type HttpPostOptions } from '../../lib/transports/http-post.ts';

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** A body that comes in these pieces, and how many nobody has asked for. */
function bodyOf(pieces: readonly string[]): { body: ReadableStream; left: () => number } {
  const rest = [...pieces];
  const body = new ReadableStream({
    pull: (controller) => {
      const piece = rest.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(bytes(piece));
    },
  }, { highWaterMark: 0 });
  return { body, left: () => rest.length };
}

/** A `fetch` that gives one response, and what it was asked for. */
function fetching(response: () => Response | Promise<Response>): { fetch: typeof fetch; asked: { url: unknown; init: RequestInit }[] } {
  const asked: { url: unknown; init: RequestInit }[] = [];
  return { asked, fetch: async (url, init = {}) => { asked.push({ url, init }); return response(); } };
}

const options = (over: Pick<HttpPostOptions, 'fetch'> & Partial<HttpPostOptions>): HttpPostOptions => ({ headers: { 'X-Key': 'k' }, credentials: 'same-origin', maxBody: 10, ...over });

describe('httpPost', () => {
  it('asks for nothing before it is subscribed, and does not follow redirects', async () => {
    const { fetch, asked } = fetching(() => new Response('yes', { status: 201, headers: { 'Content-Type': 'text/plain' } }));
    const posting = httpPost(options({ fetch }))('http://a/b', { body: 'x', type: 'application/json' });
    expect(asked).toEqual([]);

    const reply = await firstValueFrom(posting);

    expect(reply).toEqual({ status: 201, type: 'text/plain', body: bytes('yes') });
    expect(asked[0]).toMatchObject({ url: 'http://a/b', init: { method: 'POST', body: 'x', redirect: 'error', cache: 'no-store', credentials: 'same-origin', keepalive: false, headers: { 'X-Key': 'k', 'Content-Type': 'application/json' } } });
  });

  it('asks without a body, and outlives a page where it is told to', async () => {
    const { fetch, asked } = fetching(() => new Response(null, { status: 204 }));

    expect(await firstValueFrom(httpPost(options({ fetch }))('http://a/b', { keepalive: true }))).toEqual({ status: 204, type: '', body: new Uint8Array() });
    expect(asked[0]?.init).toMatchObject({ keepalive: true, headers: { 'X-Key': 'k' } });
    expect(asked[0]?.init).not.toHaveProperty('body');
  });

  it('reads a body that comes in any pieces', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.string({ maxLength: 20 }).filter((piece) => piece !== ''), { maxLength: 8 }), async (pieces) => {
      const { fetch } = fetching(() => new Response(bodyOf(pieces).body));

      const { body } = await firstValueFrom(httpPost(options({ fetch, maxBody: 1e6 }))('http://a/b'));

      expect(new TextDecoder().decode(body)).toBe(pieces.join(''));
    }));
  });

  it('gives up a body that is too long as soon as it is', async () => {
    const endless = bodyOf(Array.from({ length: 1000 }, () => 'xxxx'));
    const { fetch, asked } = fetching(() => new Response(endless.body));

    await expect(firstValueFrom(httpPost(options({ fetch }))('http://a/b'))).rejects.toThrow(new RangeError('body must have at most 10 bytes, got more'));
    expect(asked[0]?.init.signal?.aborted).toBe(true);
    expect(endless.left()).toBeGreaterThan(990);
  });

  it('reads bodies of runtimes that do not show them as they come', async () => {
    const response = { status: 200, headers: new Headers(), body: undefined, arrayBuffer: async () => bytes('12345678901').buffer } as unknown as Response;

    await expect(firstValueFrom(httpPost(options({ fetch: async () => response }))('http://a/b'))).rejects.toThrow(RangeError);
    expect((await firstValueFrom(httpPost(options({ fetch: async () => response, maxBody: 11 }))('http://a/b'))).body).toHaveLength(11);
  });

  it('aborts the request when it is unsubscribed', async () => {
    const { fetch, asked } = fetching(() => new Promise(() => {}));

    httpPost(options({ fetch }))('http://a/b').subscribe().unsubscribe();

    expect(asked[0]?.init.signal?.aborted).toBe(true);
  });

  it('says why, where the runtime hides it in the cause', async () => {
    const refused = new Error('connect ECONNREFUSED');
    const failing = (error: Error) => firstValueFrom(httpPost(options({ fetch: async () => { throw error; } }))('http://a/b'));

    await expect(failing(new TypeError('fetch failed', { cause: refused }))).rejects.toBe(refused);
    await expect(failing(new TypeError('Failed to fetch'))).rejects.toThrow('Failed to fetch');
  });
});
