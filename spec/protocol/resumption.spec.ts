import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError } from '../../lib/errors.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import { Replay, readClaim, readGrant, readResumed, withoutTokens } from '../../lib/protocol/resumption.ts';
import { anything, dict } from '../support/arbitraries.ts';

const BOUNDS = { messages: 1000, bytes: 1000 };
const keeping = (frames: readonly string[], bounds = BOUNDS): Replay<string> => {
  const replay = new Replay<string>(bounds);
  for (const frame of frames) replay.keep(frame);
  return replay;
};

describe('Replay', () => {
  it('keeps what was sent until it is confirmed', () => {
    const replay = keeping(['a', 'b', 'c']);

    replay.confirm(2);

    expect(replay.size).toBe(1);
    expect(replay.missing(2)).toEqual(['c']);
    expect(replay.missing(3)).toEqual([]);
  });

  it('cannot go on with an end that lacks what was confirmed, or has more than was sent', () => {
    const replay = keeping(['a', 'b', 'c']);

    replay.confirm(2);

    expect(replay.missing(1)).toBeUndefined();
    expect(replay.missing(4)).toBeUndefined();
  });

  it('learns nothing from a replayed old ACK', () => {
    const replay = keeping(['a', 'b', 'c']);
    replay.confirm(2);

    replay.confirm(1);
    replay.confirm(2);

    expect(replay.missing(2)).toEqual(['c']);
  });

  it('refuses an ACK beyond what was sent', () => {
    expect(() => keeping(['a']).confirm(2)).toThrow(new ProtocolError('ACK.Received must be at most 1, got 2'));
  });

  it('asks for an ACK after 64 messages, and counts afresh', () => {
    const replay = keeping([]);

    const due = Array.from({ length: 130 }, () => {
      const isDue = replay.count();
      if (isDue) expect(replay.acknowledge()).toEqual({ type: MessageType.ACK, received: replay.received });
      return isDue;
    });

    expect(due.flatMap((isDue, at) => (isDue ? [at + 1] : []))).toEqual([64, 128]);
    expect(replay.unacknowledged).toBe(2);
  });

  it.each([
    [{ messages: 2, bytes: 1000 }, ['aa', 'b', 'c']],
    [{ messages: 1000, bytes: 2 }, ['aa', 'b']],
    [{ messages: 0, bytes: 1000 }, ['a']],
    [{ messages: 1000, bytes: 2 }, ['aaa']],
  ])('forgets the oldest beyond %j, and says so', (bounds, frames) => {
    const replay = keeping(frames.slice(0, -1), bounds);

    expect(replay.keep(frames.at(-1)!)).toBe(false);

    expect(replay.missing(0)).toBeUndefined();
    expect(replay.missing(frames.length)).toEqual([]);
    expect(replay.missing(frames.length - replay.size)).toEqual(frames.slice(frames.length - replay.size));
  });

  it('has exactly what the other end lacks, or says that it has not', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('send' as const), length: fc.nat(9) }),
      fc.record({ do: fc.constant('confirm' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 80 }), fc.nat(20), fc.nat(60), (steps, messages, bytes) => {
      const replay = new Replay<string>({ messages, bytes });
      const sent: string[] = [];
      let confirmed = 0;
      for (const one of steps) {
        if (one.do === 'send') {
          sent.push(String.fromCharCode(97 + (sent.length % 26)).repeat(one.length));
          replay.keep(sent.at(-1)!);
        } else {
          confirmed = Math.floor(confirmed + one.share * (sent.length - confirmed));
          replay.confirm(confirmed);
        }

        expect(replay.size).toBeLessThanOrEqual(messages);
        expect(replay.missing(sent.length - replay.size)?.join('').length).toBeLessThanOrEqual(bytes);
        for (let received = 0; received <= sent.length + 1; received++) {
          const missing = replay.missing(received);
          if (missing !== undefined) expect(missing).toEqual(sent.slice(received));
          else expect(received > sent.length || received < sent.length - replay.size).toBe(true);
        }
      }
    }));
  });
});

describe('readClaim', () => {
  const claim = { session: 7, token: 'secret', received: 3 };

  it('reads an offer and a claim', () => {
    expect(readClaim({ _resume: {} })).toBe('offer');
    expect(readClaim({ _resume: claim })).toEqual(claim);
    expect(readClaim({})).toBeUndefined();
  });

  it.each(['session', 'token', 'received'] as const)('takes what has no proper %s for an offer', (key) => {
    for (const value of [undefined, null, -1, 1.5, NaN, '', 'x'.repeat(257), [], {}, true]) {
      expect(readClaim({ _resume: { ...claim, [key]: value } })).toBe('offer');
    }
  });

  it('does not read what it inherits', () => {
    expect(readClaim({ _resume: Object.create(claim) as object })).toBeUndefined();
    expect(readClaim(Object.create({ _resume: claim }) as Record<string, unknown>)).toBeUndefined();
  });

  it('throws nothing, whatever stands there', () => {
    fc.assert(fc.property(anything, anything, anything, anything, (resume, session, token, received) => {
      for (const details of [{ _resume: resume }, { _resume: { session, token, received } }]) {
        readClaim(details);
        readGrant(details);
        readResumed(details);
        withoutTokens(details);
      }
    }));
  });
});

describe('readGrant', () => {
  const grant = { token: 'secret', timeout: 30_000, messages: 1000, bytes: 1024 };

  it('reads what a router promises', () => {
    expect(readGrant({ _resume: grant })).toEqual(grant);
  });

  it.each(Object.keys(grant))('is nothing without a proper %s', (key) => {
    for (const value of [undefined, null, -1, NaN, Infinity, '', []]) expect(readGrant({ _resume: { ...grant, [key]: value } })).toBeUndefined();
  });
});

describe('readResumed', () => {
  it('reads that a session goes on, and nothing else', () => {
    expect(readResumed({ _resume: { resumed: true, received: 3, token: 'next' } })).toEqual({ received: 3, token: 'next' });
    expect(readResumed({ _resume: { resumed: 1, received: 3, token: 'next' } })).toBeUndefined();
    expect(readResumed({ _resume: { resumed: true, received: -3, token: 'next' } })).toBeUndefined();
    expect(readResumed({ _resume: { resumed: true, received: 3 } })).toBeUndefined();
  });
});

describe('withoutTokens', () => {
  it('hides every token and nothing else', () => {
    expect(withoutTokens({ realm: 'a', resume_token: 'secret', _resume: { session: 1, token: 'secret', received: 0 } })).toEqual({
      realm: 'a', resume_token: '***', _resume: { session: 1, token: '***', received: 0 },
    });
  });

  it('gives details back as they are where there is none', () => {
    fc.assert(fc.property(dict.filter((details) => !('resume_token' in details) && !('_resume' in details)), (details) => {
      expect(withoutTokens(details)).toBe(details);
    }));
  });
});
