import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addressOf } from '../../lib/router/peer-address.ts';

describe('addressOf', () => {
  it.each([
    ['tcp4:192.0.2.7:50000', '192.0.2.7'],
    ['tcp6:[::ffff:192.0.2.7]:50000', '192.0.2.7'],
    ['tcp6:[2001:db8:1:2:3:4:5:6]:50000', '2001:db8:1:2::/64'],
    ['tcp6:[2001:db8:1:2::9]:1', '2001:db8:1:2::/64'],
    ['tcp6:[2001:db8::9]:1', '2001:db8:0:0::/64'],
    ['tcp6:[::1]:1', '0:0:0:0::/64'],
    ['tcp6:[::]:1', '0:0:0:0::/64'],
    ['tcp6:[fe80::1%eth0]:1', 'fe80:0:0:0::/64'],
  ])('of %s is %s', (peer, address) => {
    expect(addressOf({ peer })).toBe(address);
  });

  it.each([{}, { type: 'memory' }, { peer: undefined }, { peer: 7 }, { peer: 'unix:/run/wamp' }, { peer: '' }])('of %j is none', (transport) => {
    expect(addressOf(transport)).toBeUndefined();
  });

  it('does not depend on the port, and of IPv6 not on the last half', () => {
    fc.assert(fc.property(fc.ipV6(), fc.nat(65_535), fc.nat(65_535), (ip, port, other) => {
      expect(addressOf({ peer: `tcp6:[${ip}]:${port}` })).toBe(addressOf({ peer: `tcp6:[${ip}]:${other}` }));
    }));
    fc.assert(fc.property(fc.ipV4(), fc.nat(65_535), (ip, port) => {
      expect(addressOf({ peer: `tcp4:${ip}:${port}` })).toBe(ip);
    }));
  });

  it('reads any text in no time', () => {
    fc.assert(fc.property(fc.string(), (peer) => { addressOf({ peer }); }));
    expect(addressOf({ peer: `tcp6:[${':'.repeat(100_000)}` })).toBeUndefined();
  });
});
