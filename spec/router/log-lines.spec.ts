import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { jsonLog, textLog, type LogLineOptions } from '../../lib/router/log-lines.ts';
import type { Logger } from '../../lib/log.ts';

/** What is written by a log, at the beginning of time. */
function written(of: (write: (line: string) => void, options: LogLineOptions) => Logger, say: (log: Logger) => void, options: LogLineOptions = {}): readonly string[] {
  const lines: string[] = [];
  say(of((line) => lines.push(line), { scheduler: new VirtualTimeScheduler(), ...options }));
  return lines;
}

const anything = fc.anything({ withBigInt: true, withNullPrototype: true, withTypedArray: true, withDate: true });
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\n', '\u001b[2J', '\u009b2J', '\u2028', 'time', '__proto__'));
const fields = fc.dictionary(text, fc.oneof(text, anything));

describe.each([['jsonLog', jsonLog], ['textLog', textLog]] as const)('%s', (_, of) => {
  it('writes one line without commands for each thing that is said, whatever that is', () => {
    fc.assert(fc.property(text, fc.oneof(fields, anything), fc.array(anything, { maxLength: 2 }), (message, first, others) => {
      const lines = written(of, (log) => log.warn(message, first, ...others));

      expect(lines).toHaveLength(1);
      expect(lines[0]).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    }), { numRuns: 500 });
  });

  it('says no less than it is told to', () => {
    const say = (log: Logger): void => { log.debug('fine'); log.info?.('news'); log.warn('trouble'); };
    const messages = (level?: 'debug' | 'info' | 'warn') => written(of, say, { level }).map((line) => /fine|news|trouble/.exec(line)?.[0]);

    expect(messages()).toEqual(['news', 'trouble']);
    expect(messages('debug')).toEqual(['fine', 'news', 'trouble']);
    expect(messages('warn')).toEqual(['trouble']);
    expect(() => of(() => {}, { level: 'loud' as never })).toThrow(new TypeError('level must be one of "debug", "info", "warn", got "loud"'));
  });

  it('does not grow with what a client sent', () => {
    const endless: unknown[] = Array.from({ length: 10_000 }, () => 'y');
    endless.push(endless);

    const [line = ''] = written(of, (log) => log.warn('refused', { uri: 'x'.repeat(100_000), endless }, endless));

    expect(line.length).toBeLessThan(1_000);
  });
});

describe('jsonLog', () => {
  it('writes when, how and what, and the fields', () => {
    const lines = written(jsonLog, (log) => log.info?.('session joined', { realm: 'realm1', session: 7, peer: undefined, error: new TypeError('no'), time: 'lunch' }));

    expect(lines).toEqual([
      '{"time":"1970-01-01T00:00:00.000Z","level":"info","message":"session joined","realm":"realm1","session":7,"error":"TypeError: no"}',
    ]);
  });

  it('writes what is no field by its kind', () => {
    expect(written(jsonLog, (log) => log.warn('failed', new Error('no'), {}, 'x'))).toEqual([
      '{"time":"1970-01-01T00:00:00.000Z","level":"warn","message":"failed","detail":"Error: no","details":"an object, x"}',
    ]);
  });
});

describe('textLog', () => {
  it('writes fields as words, and quotes what is none', () => {
    expect(written(textLog, (log) => log.warn('session left', { session: 7, reason: 'connection lost', authid: 'a=b', uri: 'com.a' }))).toEqual([
      '1970-01-01T00:00:00.000Z warn  session left  session=7 reason="connection lost" authid="a=b" uri=com.a',
    ]);
  });
});
