import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Subject } from 'rxjs';
import { SerializationError } from '../../lib/errors.ts';
import type { Hello, Message } from '../../lib/protocol/messages.ts';
import { fromWire, toWire } from '../../lib/protocol/wire.ts';
import { withoutSecrets } from '../../lib/session/redaction.ts';
import type { TappedFrame, WireEntry } from '../../lib/session/wire-tap.ts';
import { AUTHENTICATE, CHALLENGE, EVENT, HELLO, RESULT, WELCOME, complete } from '../../lib/testing/builders.ts';
import { readRecording, record, type Recording } from '../../lib/testing/recording.ts';
import { anything, message } from '../support/arbitraries.ts';

const hello = complete(HELLO('realm1'));
const frame = (one: Message, at = 0, direction: 'in' | 'out' = 'out', session?: number): TappedFrame => ({
  kind: 'frame', direction, at, session, message: one, bytes: 9, correlation: undefined,
});

/** Records messages one millisecond after the other. */
function recorded(messages: readonly Message[], options = {}): Recording {
  const frames$ = new Subject<TappedFrame>();
  const recorder = record(frames$, options);
  messages.forEach((one, at) => frames$.next(frame(one, 1000 + at, at % 2 === 0 ? 'out' : 'in')));
  return recorder.stop();
}

const throughFile = (recording: Recording): unknown => JSON.parse(JSON.stringify(recording));

describe('record', () => {
  it('keeps direction, time since the first, and the list', () => {
    const frames$ = new Subject<TappedFrame>();
    const recorder = record(frames$);

    frames$.next(frame(hello, 5000));
    frames$.next(frame(complete(EVENT(['a'])), 5010, 'in'));

    expect(recorder.recording).toEqual({
      version: 1, truncated: false,
      frames: [{ direction: 'out', at: 0, message: toWire(hello) }, { direction: 'in', at: 10, message: [36, 1, 1, {}, ['a']] }],
    });
  });

  it('writes bytes as the JSON serializer does', () => {
    const { frames } = recorded([complete(RESULT([new Uint8Array([1])]))]);

    expect(frames).toMatchObject([{ message: [50, 1, {}, ['\0AQ==']] }]);
  });

  it('stops', () => {
    const frames$ = new Subject<TappedFrame>();
    const recorder = record(frames$);
    frames$.next(frame(hello));

    const recording = recorder.stop();
    frames$.next(frame(hello));

    expect([recording.frames.length, recorder.recording.frames.length, frames$.observed]).toEqual([1, 1, false]);
  });

  it('does not change what it gave already', () => {
    const frames$ = new Subject<TappedFrame>();
    const recorder = record(frames$);
    const { recording } = recorder;

    frames$.next(frame(hello));

    expect(recording.frames).toEqual([]);
  });

  it('keeps no more than its limit, and says so', () => {
    expect(recorded([hello, hello, hello], { limit: 3 })).toMatchObject({ truncated: false, frames: { length: 3 } });
    expect(recorded([hello, hello, hello, hello], { limit: 3 })).toMatchObject({ truncated: true, frames: { length: 3 } });
  });

  it('ends with what JSON cannot carry, and says so', () => {
    const frames$ = new Subject<TappedFrame>();
    const recorder = record(frames$);

    frames$.next(frame(hello));
    frames$.next(frame(complete(RESULT([NaN]))));
    frames$.next(frame(hello));

    expect(recorder.stop()).toMatchObject({ truncated: true, frames: { length: 1 } });
    expect(recorder.failure).toEqual(new SerializationError('number must be finite to be written as JSON, got NaN'));
  });

  it('leaves out what may be secret', () => {
    const secret = { key: 'secret' };
    const messages = [
      complete(HELLO('realm1', { details: { authid: 'joe', authextra: secret } })), complete(CHALLENGE('ticket', { extra: secret })),
      complete(AUTHENTICATE('secret', { extra: secret })), complete(WELCOME(1, { details: { authid: 'joe', authextra: secret } })),
      complete(WELCOME(1, { details: { authid: 'joe' } })),
    ];

    const hidden = { key: '***' };
    expect(recorded(messages).frames).toMatchObject([
      [1, 'realm1', { authid: 'joe', authextra: hidden }], [4, 'ticket', hidden], [5, '***', hidden], [2, 1, { authid: 'joe', authextra: hidden }], [2, 1, { authid: 'joe' }],
    ].map((message) => ({ message })));
  });

  it('keeps what becomes of connections, between the messages', () => {
    const wire$ = new Subject<WireEntry>();
    const recorder = record(wire$, { limit: 4 });

    wire$.next({ kind: 'dial', at: 100, session: undefined, cause: undefined });
    wire$.next({ kind: 'open', at: 103, session: undefined, cause: undefined });
    wire$.next(frame(hello, 103));
    wire$.next({ kind: 'lost', at: 110, session: 7, cause: new Error('secret') });
    wire$.next({ kind: 'dial', at: 120, session: undefined, cause: undefined });

    expect(recorder.stop()).toEqual({
      version: 1, truncated: true,
      frames: [{ connection: 'dial', at: 0 }, { connection: 'open', at: 3 }, { direction: 'out', at: 3, message: toWire(hello) }, { connection: 'lost', at: 10 }],
    });
  });

  it('leaves out what is still said to a session that was left for the next', () => {
    const wire$ = new Subject<WireEntry>();
    const recorder = record(wire$);
    const say = (one: Message, session?: number): void => wire$.next(frame(one, 0, 'in', session));

    say(complete(EVENT(['a'])), 1);
    wire$.next(frame(hello));
    say(complete(EVENT(['b'])), 1);
    wire$.next({ kind: 'closed', at: 0, session: 1, cause: undefined });
    say(complete(EVENT(['c'])), 2);
    wire$.next({ kind: 'closed', at: 0, session: 2, cause: undefined });

    expect(recorder.stop().frames).toMatchObject([{ message: [36, 1, 1, {}, ['a']] }, { message: toWire(hello) }, { message: [36, 1, 1, {}, ['c']] }, { connection: 'closed' }]);
  });

  it('refuses a limit that is none', () => {
    expect(() => record(new Subject(), { limit: -1 })).toThrow(new RangeError('limit must be a whole number from 0 up, got -1'));
  });
});

describe('readRecording', () => {
  const good = throughFile(recorded([hello])) as { frames: Record<string, unknown>[] } & Record<string, unknown>;
  const withFrame = (more: object): unknown => ({ ...good, frames: [good.frames[0], { direction: 'in', at: 5, message: [50, 1, {}], ...more }] });

  it('reads what record wrote, through a file', () => {
    fc.assert(fc.property(fc.array(message, { maxLength: 6 }), (messages) => {
      const conversation = [hello, ...messages];
      const recording = recorded(conversation);

      const read = readRecording(throughFile(recording));

      expect(read).toEqual(conversation.map((one, at) => ({ kind: 'frame', direction: at % 2 === 0 ? 'out' : 'in', at, message: fromWire(toWire(withoutSecrets(one))) })));
    }));
  });

  it('reads numbers beyond 2^53 as the numbers they were', () => {
    const recording = recorded([hello, complete(RESULT([1e18, 2 ** 53, -0.5]))]);

    expect(readRecording(throughFile(recording))[1]).toMatchObject({ message: { args: [1e18, 2 ** 53, -0.5] } });
  });

  it('leaves the recording as it is, and prototypes too', () => {
    const recording = JSON.parse(`{"version":1,"truncated":false,"frames":[{"direction":"out","at":0,"message":[1,"realm1",{"x":"\\u0000AQ==","__proto__":{"polluted":1}}]}]}`) as Recording;
    const before = JSON.stringify(recording);

    const [first] = readRecording(recording);

    expect(JSON.stringify(recording)).toBe(before);
    const details = first?.kind === 'frame' ? (first.message as Hello).details : {};
    expect(details['x']).toEqual(new Uint8Array([1]));
    expect(Object.entries(details)[1]).toEqual(['__proto__', { polluted: 1 }]);
    expect(Object.getPrototypeOf(details)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  let deep: unknown = 1;
  for (let level = 0; level < 200; level++) deep = [deep];

  it.each<readonly [string, unknown]>([
    ['recording must be an object, got nothing', undefined],
    ['recording must be an object, got a list', []],
    ['recording.version must be 1, got 2', { ...good, version: 2 }],
    ['recording.frames must be a list, got nothing', { ...good, frames: undefined }],
    ['recording.truncated must be true or false, got "no"', { ...good, truncated: 'no' }],
    ['recording.frames[1] must be an object, got 7', { ...good, frames: [good.frames[0], 7] }],
    ['recording.frames[0] must be an object, got nothing', { ...good, frames: Array.from({ length: 1 }) }],
    ['recording.frames[0] must be HELLO going out, got a message of type 50 going in', { ...good, frames: [{ direction: 'in', at: 5, message: [50, 1, {}] }] }],
    ['recording.frames[0] must be HELLO going out, got a message of type 1 going in', { ...good, frames: [{ ...good.frames[0], direction: 'in' }] }],
    ["recording.frames[1].direction must be 'in' or 'out', got \"up\"", withFrame({ direction: 'up' })],
    ['recording.frames[1].connection must be one of dial, open, refused, lost, closed, got "gone"', withFrame({ connection: 'gone' })],
    ['recording.frames[1].at must be a number from 0 to 2147483647, got nothing', withFrame({ connection: 'lost', at: undefined })],
    ['recording.frames[1] must be HELLO going out, got a message of type 50 going in', { ...good, frames: [{ connection: 'dial', at: 0 }, { direction: 'in', at: 5, message: [50, 1, {}] }] }],
    ['recording.frames[1].at must be a number from 0 to 2147483647, got -1', withFrame({ at: -1 })],
    ['recording.frames[1].at must be a number from 0 to 2147483647, got "5"', withFrame({ at: '5' })],
    ['recording.frames[1].at must be a number from 0 to 2147483647, got 2147483648', withFrame({ at: 2 ** 31 })],
    ['recording.frames[1].at must be a number from 0 to 2147483647, got NaN', withFrame({ at: NaN })],
    ['recording.frames[1]: message must be a list, got 7', withFrame({ message: 7 })],
    ['recording.frames[1]: RESULT.Request must be an integer from 1 to 2^53, got 0', withFrame({ message: [50, 0, {}] })],
    ['recording.frames[1].message must be JSON, got a function', withFrame({ message: [50, 1, {}, [() => 1]] })],
    ['recording.frames[1].message must be JSON, got NaN', withFrame({ message: [50, 1, {}, [NaN]] })],
    ['recording.frames[1].message must be JSON, got nothing', withFrame({ message: Object.assign([], { length: 2 ** 32 - 1 }) })],
    ['recording.frames[1].message must be at most 128 levels deep', withFrame({ message: [50, 1, {}, [deep]] })],
    ['recording.frames[1].message: text that starts with U+0000 must go on in base64, got "\\u0000?"', withFrame({ message: [50, 1, {}, ['\0?']] })],
    ['recording must be plain data', { get version(): never { throw new Error('no'); } }],
  ])('says %s', (words, recording) => {
    expect(() => readRecording(recording)).toThrow(SerializationError);
    expect(() => readRecording(recording)).toThrow(words);
  });

  it('throws nothing but SerializationError, whatever it is given', () => {
    const connections = fc.record({ connection: fc.oneof(fc.constantFrom('dial', 'open', 'lost'), anything), at: fc.oneof(fc.nat(), anything) });
    const frames = fc.record({ direction: fc.oneof(fc.constantFrom('in', 'out'), anything), at: fc.oneof(fc.nat(), anything), message: fc.oneof(message.map(toWire), anything) });
    const recording = fc.record({ version: fc.oneof(fc.constant(1), anything), frames: fc.oneof(fc.array(fc.oneof(frames, connections, anything)), anything), truncated: fc.oneof(fc.boolean(), anything) });

    fc.assert(fc.property(fc.oneof(recording, anything, fc.jsonValue()), (one) => {
      try {
        readRecording(one);
      } catch (error) {
        expect(error).toBeInstanceOf(SerializationError);
      }
    }), { numRuns: 1000 });
  });

});
