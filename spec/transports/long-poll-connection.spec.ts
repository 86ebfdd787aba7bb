import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NEVER, Observable, asyncScheduler, map, of, timer } from 'rxjs';
import { TransportLostError } from '../../lib/errors.ts';
import type { HttpReply, Post } from '../../lib/transports/http-post.ts';
import { LongPollConnection, type LongPollConnectionOptions } from '../../lib/transports/long-poll-connection.ts';
import { legible } from '../support/sockets.ts';
import { inVirtualTime, watchedScheduler, type At } from '../support/virtual-time.ts';

const reply = (status: number, body: string | Uint8Array = '', type = 'application/json'): HttpReply =>
  ({ status, type, body: typeof body === 'string' ? new TextEncoder().encode(body) : body });

/** What a request is answered with, after so many milliseconds. */
type Answer = Observable<HttpReply>;
const after = (ms: number, answer: HttpReply): Answer => timer(ms).pipe(map(() => answer));

interface Script {
  /** Answers in turn; who asks for more waits for ever. */
  readonly receive?: readonly Answer[];
  readonly send?: readonly Answer[];
  readonly close?: Answer;
  /** Takes requests and what is heard as they come. */
  readonly order?: string[];
  readonly options?: Partial<LongPollConnectionOptions>;
  readonly play?: (connection: LongPollConnection, at: At) => void;
}

/** Plays a conversation in virtual time: what was asked for and when, what was heard, and what is left at the end. */
function conversation({ receive = [], send, close = of(reply(204)), options = {}, order = [], play = () => {} }: Script): { requests: string[]; heard: string[]; left: number } {
  const requests: string[] = [];
  const heard: string[] = [];
  const { scheduler, open } = watchedScheduler();
  const answers: Record<string, Answer[]> = { receive: [...receive], send: [...send ?? []] };
  const note = (list: string[], what: string): void => {
    order.push(what);
    list.push(`${asyncScheduler.now()} ${what}`);
  };
  const post: Post = (verb, { body, type, keepalive } = {}) => new Observable((subscriber) => {
    note(requests, [verb, ...(body === undefined ? [] : [legible(body), type]), ...(keepalive ? ['keepalive'] : [])].join(' '));
    let isOver = false;
    const answer = verb === 'close' ? close : (answers[verb]?.shift() ?? (verb === 'send' && send === undefined ? after(10, reply(204)) : NEVER));
    subscriber.add(answer.subscribe({ next: (value) => { isOver = true; subscriber.next(value); subscriber.complete(); }, error: (error: unknown) => { isOver = true; subscriber.error(error); } }));
    return () => { if (!isOver) note(requests, `${verb} aborted`); };
  });
  inVirtualTime((at) => {
    const connection = new LongPollConnection({
      post, urlOf: (verb) => verb, label: 'http://router/lp', protocol: 'wamp.2.json.batched', subprotocol: 'wamp.2.json',
      highWaterMark: 20, sendTimeout: 1000, pollTimeout: 5000, scheduler, onEnd: () => note(heard, 'end'), ...options,
    });
    connection.subscribe({
      next: (frame) => note(heard, legible(frame)),
      error: (error: Error) => { expect(error).toBeInstanceOf(TransportLostError); note(heard, error.message); },
      complete: () => note(heard, 'complete'),
    });
    connection.writable$.subscribe((writable) => note(heard, `writable ${writable}`));
    play(connection, at);
  });
  return { requests, heard: heard.filter((line) => line !== '0 writable true'), left: open() };
}

describe('LongPollConnection', () => {
  it('always asks for messages, and hands on those of each answer', () => {
    const { requests, heard } = conversation({
      receive: [after(100, reply(200, '[1]\x1e[2]\x1e')), after(200, reply(200, '[3]\x1e'))],
      play: (connection, at) => at(1000, () => connection.error('the spec is over')),
    });

    expect(requests).toEqual(['0 receive', '100 receive', '300 receive', '1000 receive aborted', '1000 close keepalive']);
    expect(heard).toEqual(['100 text [1]', '100 text [2]', '300 text [3]', '1000 connection to http://router/lp was dropped', '1000 end']);
  });

  it('asks for the next messages when it has handled those of before', () => {
    const order: string[] = [];
    conversation({
      receive: [after(5, reply(200, '[1]\x1e[2]\x1e'))],
      options: { onEnd: () => {} },
      play: (connection, at) => at(10, () => connection.error('over')),
      order,
    });

    expect(order.slice(0, 5)).toEqual(['receive', 'writable true', 'text [1]', 'text [2]', 'receive']);
  });

  it('rests after an answer without messages, so that a router that gives them at once is not asked without a pause', () => {
    const { requests } = conversation({
      receive: [after(5, reply(204)), after(5, reply(200)), after(5, reply(202))],
      play: (connection, at) => at(400, () => connection.error('the spec is over')),
    });

    expect(requests.filter((line) => line.endsWith('receive'))).toEqual(['0 receive', '55 receive', '110 receive', '165 receive']);
  });

  it('sends in one body what comes in one turn, and what comes while a request is under way', () => {
    const { requests, heard } = conversation({
      play: (connection, at) => {
        for (const frame of ['[1]', '[2]']) connection.next(frame);
        at(3, () => connection.next('[3]'));
        at(5, () => connection.next('[4]'));
        at(50, () => { connection.next('[5]'); expect(connection.bufferedAmount).toBe(4); });
        at(100, () => { expect(connection.bufferedAmount).toBe(0); connection.error('over'); });
      },
    });

    expect(requests.filter((line) => line.includes('send'))).toEqual([
      '0 send text [1]\x1e[2]\x1e application/json', '10 send text [3]\x1e[4]\x1e application/json', '50 send text [5]\x1e application/json',
    ]);
    expect(heard).toHaveLength(2);
  });

  it('sends one message in each body where batches were not agreed on', () => {
    const { requests } = conversation({
      options: { protocol: 'wamp.2.cbor', subprotocol: 'wamp.2.cbor' },
      play: (connection, at) => {
        connection.next(new Uint8Array([0x41]));
        connection.next(new Uint8Array([0x42]));
        at(100, () => connection.error('over'));
      },
    });

    expect(requests.filter((line) => line.includes('send'))).toEqual(['0 send bytes A application/cbor', '10 send bytes B application/cbor']);
  });

  it('tells when much is unsent', () => {
    const { heard } = conversation({
      play: (connection, at) => {
        connection.next('x'.repeat(19));
        at(2, () => connection.next('y'));
        at(30, () => connection.error('over'));
      },
    });

    expect(heard.slice(0, 2)).toEqual(['2 writable false', '10 writable true']);
  });

  it('closes after all that was sent, and goes on with it where it is released', () => {
    const { requests, heard, left } = conversation({
      close: after(7, reply(202)),
      play: (connection) => {
        connection.next('[6]');
        connection.complete();
        connection.complete();
        connection.next('late');
        connection.release();
      },
    });

    expect(requests).toEqual(['0 receive', '0 send text [6]\x1e application/json', '10 close', '17 receive aborted']);
    expect(heard).toEqual(['17 complete', '17 end']);
    expect(left).toBe(0);
  });

  it('hands on what still comes while it is being closed, and asks for no more', () => {
    const { requests, heard } = conversation({ receive: [after(5, reply(200, '[5]\x1e'))], close: after(100, reply(204)), play: (connection) => connection.complete() });

    expect(requests).toEqual(['0 receive', '0 close']);
    expect(heard).toEqual(['5 text [5]', '100 complete', '100 end']);
  });

  it.each([[410], [404]])('is closed in order where the router says %i to who closes', (status) => {
    const { heard } = conversation({ close: of(reply(status)), play: (connection) => connection.complete() });

    expect(heard).toEqual(['0 complete', '0 end']);
  });

  it('completes where the router closed it', () => {
    const { heard, requests, left } = conversation({ receive: [after(10, reply(200, '[6]\x1e')), after(10, reply(410))] });

    expect(heard).toEqual(['10 text [6]', '20 complete', '20 end']);
    expect(requests).toEqual(['0 receive', '10 receive']);
    expect(left).toBe(0);
  });

  it.each<[string, Script, string]>([
    ['does not know it', { receive: [after(0, reply(404))] }, '0 connection to http://router/lp was lost: the router does not know it any more'],
    ['fails', { receive: [after(0, reply(500))] }, '0 connection to http://router/lp was lost: receive was answered with status 500'],
    ['sends a page', { receive: [after(0, reply(200, '<html>', 'text/html'))] }, '0 connection to http://router/lp was lost: media type of a body must be application/json, got "text/html"'],
    ['sends no batch', { receive: [after(0, reply(200, '[1]'))] }, '0 connection to http://router/lp was lost: batch must hold a message or more, each followed by U+001E'],
    ['cannot be reached', { receive: [timer(0).pipe(map(() => { throw new Error('socket hang up'); }))] }, '0 connection to http://router/lp was lost: socket hang up'],
    ['does not answer who asks', {}, '5000 connection to http://router/lp was lost: receive must be answered within 5000 ms'],
    ['does not take what is sent', { send: [], play: (connection) => connection.next('[1]') }, '1000 connection to http://router/lp was lost: send must be answered within 1000 ms'],
    ['refuses what is sent', { send: [after(3, reply(503))], play: (connection) => connection.next('[1]') }, '3 connection to http://router/lp was lost: send was answered with status 503'],
    ['does not know who sends', { send: [after(3, reply(404))], play: (connection) => connection.next('[1]') }, '3 connection to http://router/lp was lost: the router does not know it any more'],
    ['does not answer who closes', { close: NEVER, play: (connection) => connection.complete() }, '1000 connection to http://router/lp was lost: close must be answered within 1000 ms'],
  ])('is lost where the router %s', (_, script, message) => {
    const { heard, left } = conversation(script);

    expect(heard.slice(-2)).toEqual([message, `${message.split(' ')[0]} end`]);
    expect(left).toBe(0);
  });

  it('is lost where text is not UTF-8', () => {
    const { heard } = conversation({ receive: [after(0, reply(200, new Uint8Array([0x5b, 0xff, 0x1e])))] });

    expect(heard[0]).toMatch(/^0 connection to http:\/\/router\/lp was lost: /);
  });

  it('asks once more, a second later, where it was refused before anybody looked', () => {
    const once = conversation({ receive: [after(10, reply(503)), after(10, reply(200, '[1]\x1e')), after(10, reply(429)), after(10, reply(200, '[2]\x1e'))], options: { pollTimeout: 100 } });
    const twice = conversation({ receive: [after(10, reply(503)), after(10, reply(408))] });

    expect(once.heard.slice(0, 2)).toEqual(['1020 text [1]', '2040 text [2]']);
    expect(twice.heard).toEqual(['1020 connection to http://router/lp was lost: receive was answered with status 408', '1020 end']);
  });

  it('says and hears nothing any more once it was dropped', () => {
    const { requests, heard, left } = conversation({
      receive: [after(20, reply(200, '[1]\x1e'))],
      play: (connection, at) => {
        connection.next('[2]');
        at(5, () => { connection.error('why'); connection.error('again'); connection.next('[3]'); connection.complete(); });
      },
    });

    expect(requests).toEqual(['0 receive', '0 send text [2]\x1e application/json', '5 receive aborted', '5 send aborted', '5 close keepalive']);
    expect(heard).toEqual(['5 connection to http://router/lp was dropped', '5 end']);
    expect(left).toBe(0);
  });

  it('brings every message once and in order, however bodies divide them and however long each takes', () => {
    const bodies = fc.array(fc.record({ count: fc.nat(4), ms: fc.nat(300) }), { maxLength: 12 });
    const sends = fc.array(fc.record({ ms: fc.nat(500), count: fc.integer({ min: 1, max: 5 }) }), { maxLength: 12 });
    fc.assert(fc.property(bodies, sends, fc.boolean(), (given, sent, isBatched) => {
      let next = 0;
      const receive = given.map(({ count, ms }) => {
        const some = Array.from({ length: isBatched ? count : Math.min(count, 1) }, () => `[${next++}]`);
        return after(ms, reply(200, some.map((one) => (isBatched ? `${one}\x1e` : one)).join('')));
      });
      let written = 0;
      const { requests, heard, left } = conversation({
        receive: [...receive, after(9000, reply(410))],
        options: { protocol: isBatched ? 'wamp.2.json.batched' : 'wamp.2.json', pollTimeout: 0, highWaterMark: 1e6 },
        play: (connection, at) => sent.forEach(({ ms, count }) => at(ms, () => {
          for (let n = 0; n < count; n++) connection.next(`[${written++}]`);
        })),
      });

      const numbers = (text: string): number[] => [...text.matchAll(/\[(\d+)\]/g)].map(([, digits]) => Number(digits));
      expect(heard.flatMap(numbers)).toEqual(Array.from({ length: next }, (_, n) => n));
      expect(requests.filter((line) => line.includes('send')).flatMap(numbers)).toEqual(Array.from({ length: written }, (_, n) => n));
      expect(heard.slice(-2).map((line) => line.split(' ')[1])).toEqual(['complete', 'end']);
      expect(left).toBe(0);
    }), { numRuns: 60 });
  });
});
