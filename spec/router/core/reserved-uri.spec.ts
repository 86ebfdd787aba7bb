import { describe, expect, it } from '@jest/globals';
import { isPrivileged, isReserved } from '../../../lib/router/core/reserved-uri.ts';

describe('isReserved', () => {
  it.each(['wamp', 'wamp.', 'wamp.session.list', 'wamp..list'])('is so of %j', (uri) => {
    expect(isReserved(uri)).toBe(true);
  });

  it.each(['', 'wam', 'wampum', 'wampum.price', 'com.wamp', '.wamp'])('is not of %j', (uri) => {
    expect(isReserved(uri)).toBe(false);
  });
});

describe('isPrivileged', () => {
  it.each([
    'wamp.session.kill', 'wamp.session.kill_by_authid', 'wamp.session.kill_by_authrole', 'wamp.session.kill_all',
    'wamp.registration.remove_callee', 'wamp.subscription.remove_subscriber',
  ])('is so of %s', (uri) => {
    expect(isPrivileged(uri)).toBe(true);
  });

  it.each(['wamp.session.list', 'wamp.session.add_testament', 'wamp.session.killer', 'com.session.kill', ''])('is not of %j', (uri) => {
    expect(isPrivileged(uri)).toBe(false);
  });
});
