import { describe, expect, it } from '@jest/globals';
import { filter, map, timer } from 'rxjs';
import { NotJoinedError, TimeoutError } from '../../lib/errors.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import { CALL } from '../../lib/testing/builders.ts';
import { wampMarbles } from '../../lib/testing/marbles.ts';

const value = map(({ args }: { readonly args: readonly unknown[] }) => args[0]);
const noSession = (ms: number): TimeoutError => new TimeoutError(`no session for com.add within ${ms} ms`, { effect: 'none', operation: { verb: 'call', uri: 'com.add' } });

describe('a call that waits for a session', () => {
  it('has its time from the moment it is written', () => {
    wampMarbles(({ client, answers, expectObservable, expectLeaks }) => {
      const user = client({ retry: { initialDelay: 10, jitter: 'none' } });
      answers('com.add', '-----(r|)', { r: 5 });
      user.link.marbles('(xr) 50ms o');

      expectObservable(user.call('com.add', [], { timeout: 6, deadline: 6 }).pipe(value)).toBe('75ms (r|)', { r: 5 });
      expectLeaks().toBeEmpty();
    });
  });

  it('with includeQueue has it from the beginning, and what is over was never sent', () => {
    wampMarbles(({ client, answers, expectObservable, expectFrames, expectLeaks }) => {
      const user = client({ retry: { initialDelay: 10, jitter: 'none' } });
      answers('com.add', '-----(r|)', { r: 5 });
      user.link.marbles('(xr) 50ms o');

      const calls$ = user.link.sent$.pipe(filter(({ type }) => type === MessageType.CALL));
      expectObservable(user.call('com.add', [], { timeout: 60, includeQueue: true }).pipe(value)).toBe('60ms #', undefined, noSession(60));
      expectObservable(user.call('com.add', [], { deadline: 65, includeQueue: true }).pipe(value)).toBe('65ms #', undefined, noSession(65));
      // 70 ms are over when it is written, and the answer takes 5.
      expectObservable(user.call('com.add', [], { timeout: 74, includeQueue: true }).pipe(value))
        .toBe('74ms #', undefined, new TimeoutError('no answer from com.add within 74 ms'));
      expectObservable(user.call('com.add', [], { timeout: 76, includeQueue: true }).pipe(value)).toBe('75ms (r|)', { r: 5 });
      expectFrames(calls$, '^ 80ms !').toBe('70ms (cc)', { c: CALL('com.add') });
      expectLeaks().toBeEmpty();
    });
  });

  it('hears its signal there too, and nothing is sent', () => {
    wampMarbles(({ client, expectObservable, expectFrames, expectLeaks }) => {
      const user = client({ retry: { initialDelay: 10, jitter: 'none' } });
      const controller = new AbortController();
      user.link.marbles('(xr) 50ms o');
      timer(20).subscribe(() => controller.abort('enough'));

      const calls$ = user.link.sent$.pipe(filter(({ type }) => type === MessageType.CALL));
      expectObservable(user.call('com.add', [], { signal: controller.signal })).toBe('20ms #', undefined, 'enough');
      expectObservable(user.call('com.add', [], { signal: AbortSignal.abort('before') })).toBe('#', undefined, 'before');
      expectFrames(calls$, '^ 80ms !').toBe('', {});
      expectLeaks().toBeEmpty();
    });
  });

  it.each(['wait', 'fail'] as const)('waits, or does not, as it says itself, whatever the client does (%s)', (offline) => {
    wampMarbles(({ client, answers, expectObservable }) => {
      const user = client({ retry: { initialDelay: 10, jitter: 'none' }, offline, lazy: false });
      answers('com.add', '(r|)', { r: 5 });
      user.link.marbles('-x 8ms o');
      const failed = expect.objectContaining({ code: 'not-joined', effect: 'none' }) as unknown as NotJoinedError;

      expectObservable(user.call('com.add', [], { offline: 'wait' }).pipe(value), '5ms ^').toBe('11ms (r|)', { r: 5 });
      expectObservable(user.call('com.add', [], { offline: 'fail' }).pipe(value), '5ms ^').toBe('5ms #', undefined, failed);
      expectObservable(user.call('com.add').pipe(value), '5ms ^').toBe(offline === 'wait' ? '11ms (r|)' : '5ms #', { r: 5 }, failed);
    });
  });

  it('fails where it waited for the first session, and that one was lost', () => {
    wampMarbles(({ client, expectObservable }) => {
      const user = client({ retry: { initialDelay: 10, jitter: 'none' } });
      user.link.marbles('r');
      const failed = expect.objectContaining({ code: 'not-joined', effect: 'none' }) as unknown as NotJoinedError;

      expectObservable(user.call('com.add', [], { offline: 'fail' })).toBe('#', undefined, failed);
      expectObservable(user.call('com.add'), '^ 30ms !').toBe('');
    });
  });
});
