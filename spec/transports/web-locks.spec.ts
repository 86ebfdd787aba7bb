import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { hasWebLocks, whenReleased, whileHeld } from '../../lib/transports/web-locks.ts';
import { FakeLocks } from '../support/fake-locks.ts';

const { navigator } = globalThis;
let locks: FakeLocks;

const stand = (value: unknown): void => void Object.defineProperty(globalThis, 'navigator', { value, configurable: true, writable: true });
const settled = (): Promise<unknown> => new Promise(setImmediate);
const held = (name: string, holder: string): void => void locks.of(holder).request(name, {}, () => new Promise(() => {}));

beforeEach(() => {
  locks = new FakeLocks();
  stand({ locks: locks.of('me') });
});

afterEach(() => stand(navigator));

describe('whenReleased', () => {
  it.each([[false], [true]])('tells when who holds a lock is gone, where it is visible: %s', async (isVisible) => {
    held('page', 'other');
    let gone = 0;
    whenReleased('page', isVisible).subscribe(() => gone++);
    await settled();
    expect(gone).toBe(0);

    locks.gone('other');
    await settled();

    expect([gone, locks.size]).toEqual([1, 0]);
  });

  it.each([['never, where it may be of another origin', false, 0], ['at once, where it cannot be', true, 1]])('takes a lock that is free for gone: %s', async (_when, isVisible, times) => {
    let gone = 0;
    whenReleased('page', isVisible).subscribe(() => gone++);
    await settled();
    expect([gone, locks.size]).toEqual([times, 0]);
  });

  it.each([[false], [true]])('waits no more when it is unsubscribed from, where it is visible: %s', async (isVisible) => {
    held('page', 'other');
    const waiting = whenReleased('page', isVisible).subscribe(() => { throw new Error('it must not emit'); });
    await settled();

    waiting.unsubscribe();
    await settled();
    locks.gone('other');

    expect(locks.size).toBe(0);
  });

  it('never emits where there are no locks', async () => {
    stand({});
    let gone = 0;
    whenReleased('page', true).subscribe(() => gone++);
    await settled();
    expect([hasWebLocks(), gone]).toEqual([false, 0]);
  });
});

describe('whileHeld', () => {
  it('emits when its turn comes, and gives the lock back', async () => {
    held('place', 'other');
    let leads = 0;
    const standing = whileHeld('place').subscribe(() => leads++);
    await settled();
    expect(leads).toBe(0);

    locks.gone('other');
    await settled();
    expect([leads, locks.size]).toEqual([1, 1]);
    standing.unsubscribe();
    await settled();

    expect(locks.size).toBe(0);
  });
});
