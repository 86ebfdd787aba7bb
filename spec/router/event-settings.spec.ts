import { describe, expect, it } from '@jest/globals';
import { readEventSettings } from '../../lib/router/event-settings.ts';
import type { RealmOptions } from '../../lib/router/options.ts';

const MEBIBYTE = 2 ** 20;
const refusal = (options: object): string => {
  try {
    readEventSettings(options as RealmOptions, 'realm');
  } catch (error) {
    return String(error);
  }
  return 'nothing';
};

describe('readEventSettings', () => {
  it('retains a thousand topics and keeps no history unless it is told to', () => {
    const { retained, history, store } = readEventSettings({}, 'realm');

    expect({ retained, history }).toEqual({ retained: { limit: 1000, bytes: 16 * MEBIBYTE }, history: [] });
    expect(store.open).toBeInstanceOf(Function);
  });

  it('takes what it is told, and the rest by default', () => {
    const options: RealmOptions = { retained: { limit: 0 }, history: [{ uri: 'com.a' }, { uri: 'com..b', match: 'wildcard', limit: 5, bytes: 6 }] };

    expect(readEventSettings(options, 'realm')).toMatchObject({
      retained: { limit: 0, bytes: 16 * MEBIBYTE },
      history: [{ uri: 'com.a', match: 'exact', limit: 1000, bytes: 64 * MEBIBYTE }, { uri: 'com..b', match: 'wildcard', limit: 5, bytes: 6 }],
    });
  });

  it.each([
    [{ retained: false }, 'TypeError: realm.retained must be an object, got false'],
    [{ retained: { limit: Infinity } }, 'RangeError: realm.retained.limit must be a whole number, got Infinity'],
    [{ retained: { bytes: -1 } }, 'RangeError: realm.retained.bytes must be a number from 0, got -1'],
    [{ history: 'com.a' }, 'TypeError: realm.history must be a list, got "com.a"'],
    [{ history: [{ uri: 'com.a', size: 1 }] }, 'TypeError: realm.history[0] must have no keys but uri, match, limit, bytes, got "size"'],
    [{ history: [{ uri: 'com..a' }] }, 'TypeError: realm.history[0].uri must be a URI, got "com..a"'],
    [{ history: [{ uri: 'a b', match: 'prefix' }] }, 'TypeError: realm.history[0].uri must be a URI with prefix matching, got "a b"'],
    [{ history: [{ uri: 'com.a' }, { uri: 'com.a', match: 'prefix' }, { uri: 'com.a' }] }, 'TypeError: realm.history must have each topic once, got "com.a" again'],
    [{ store: {} }, 'TypeError: realm.store must be a store of events, got an object'],
  ])('refuses %j in one sentence', (options, message) => {
    expect(refusal(options)).toBe(message);
  });
});
