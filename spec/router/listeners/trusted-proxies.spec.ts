import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TrustedProxies } from '../../../lib/router/listeners/trusted-proxies.ts';
import { addressOf } from '../../../lib/router/peer-address.ts';

/** As much of a request as is looked at. */
function requestFrom(address: string, headers: Record<string, string>, isSecure = false): IncomingMessage {
  const socket = isSecure ? Object.create(TLSSocket.prototype) as TLSSocket : new Socket();
  for (const [key, value] of Object.entries({ remoteAddress: address, remoteFamily: isIP(address) === 6 ? 'IPv6' : 'IPv4', remotePort: 5000 })) {
    Object.defineProperty(socket, key, { value });
  }
  return { socket, headers } as unknown as IncomingMessage;
}

const sourceOf = (trusted: readonly string[], address: string, forwarded?: string, proto?: string) => new TrustedProxies(trusted).sourceOf(requestFrom(address, {
  ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }), ...(proto !== undefined && { 'x-forwarded-proto': proto }),
}));

const v4 = fc.ipV4();
const v6 = fc.ipV6().filter((each) => isIP(each) === 6);

describe('TrustedProxies', () => {
  it.each([
    [['127.0.0.1'], '127.0.0.1', '203.0.113.7', 'tcp4:203.0.113.7:0'],
    [['127.0.0.1'], '::ffff:127.0.0.1', '203.0.113.7', 'tcp4:203.0.113.7:0'],
    [['127.0.0.0/8'], '127.1.2.3', '203.0.113.7:4711', 'tcp4:203.0.113.7:4711'],
    [['::1'], '::1', '[2001:db8::7]:4711', 'tcp6:[2001:db8::7]:4711'],
    [['::1'], '::1', '2001:db8::7', 'tcp6:[2001:db8::7]:0'],
    [['::1'], '::1', '[2001:db8::7]', 'tcp6:[2001:db8::7]:0'],
    [['127.0.0.1'], '127.0.0.1', '::ffff:203.0.113.7', 'tcp4:203.0.113.7:0'],
    [['10.0.0.0/8'], '10.0.0.1', '6.6.6.6, 203.0.113.7, 10.0.0.2', 'tcp4:203.0.113.7:0'],
    [['10.0.0.0/8'], '10.0.0.1', '10.0.0.3, 10.0.0.2', 'tcp4:10.0.0.3:0'],
    [['10.0.0.1'], '10.0.0.1', '203.0.113.7, 10.0.0.2', 'tcp4:10.0.0.2:0'],
    [['10.0.0.1'], '10.0.0.1', undefined, 'tcp4:10.0.0.1:5000'],
    [['10.0.0.1'], '10.0.0.1', '203.0.113.7, unknown', 'tcp4:10.0.0.1:5000'],
    [['10.0.0.0/8'], '10.0.0.1', '203.0.113.7, _hidden, 10.0.0.2', 'tcp4:10.0.0.2:0'],
    [['fd00::/8'], 'fd00::1', 'fe80::1%eth0', 'tcp6:[fe80::1]:0'],
    [[], '10.0.0.1', '203.0.113.7', 'tcp4:10.0.0.1:5000'],
  ])('trusting %j, takes a request from %s that is forwarded for %s for one of %s', (trusted, address, forwarded, peer) => {
    expect(sourceOf(trusted, address, forwarded).peer).toBe(peer);
  });

  it.each([
    ['10.0.0.1', '203.0.113.7', 'https', true],
    ['10.0.0.1', '203.0.113.7', 'http', false],
    ['10.0.0.1', '203.0.113.7', 'HTTPS', true],
    ['10.0.0.1', '203.0.113.7, 10.0.0.2', 'https, http', true],
    ['10.0.0.1', '203.0.113.7, 10.0.0.2', 'https', true],
    ['10.0.0.1', '203.0.113.7', 'https, http', false],
    ['10.0.0.1', undefined, 'https', true],
    ['203.0.113.7', undefined, 'https', false],
  ])('from %s, forwarded for %s by %s: has the client TLS? %s', (address, forwarded, proto, expected) => {
    expect(sourceOf(['10.0.0.0/8'], address, forwarded, proto).isSecure).toBe(expected);
  });

  it('knows TLS of its own', () => {
    const secure = requestFrom('203.0.113.7', { 'x-forwarded-proto': 'http' }, true);
    expect(new TrustedProxies(['10.0.0.1']).sourceOf(secure).isSecure).toBe(true);
    const behind = requestFrom('10.0.0.1', { 'x-forwarded-proto': 'http' }, true);
    expect(new TrustedProxies(['10.0.0.1']).sourceOf(behind).isSecure).toBe(false);
  });

  it('looks at no header of a peer that it does not trust', () => {
    fc.assert(fc.property(fc.oneof(v4, v6), fc.string(), fc.string(), (address, forwarded, proto) => {
      const plain = sourceOf([], address);
      expect(sourceOf([], address, forwarded, proto)).toEqual(plain);
    }));
  });

  it('finds who connected to the outermost of any proxies, whatever he wrote before', () => {
    const proxy = fc.nat(255).map((last) => `10.1.2.${last}`);
    const client = fc.oneof(v4.filter((each) => !each.startsWith('10.1.2.')), v6);
    fc.assert(fc.property(fc.array(proxy, { minLength: 1, maxLength: 4 }), client, fc.array(fc.oneof(fc.string(), v4, proxy), { maxLength: 3 }), (proxies, found, forged) => {
      const [last = '', ...rest] = proxies;
      const header = [...forged.map((each) => each.replaceAll(',', '')), found, ...rest].join(', ');
      const { peer } = sourceOf(['10.1.2.0/24'], last, header);

      expect(addressOf({ peer })).toBe(addressOf({ peer: sourceOf([], found).peer }));
    }));
  });

  it('tells an address of some sort, whatever a proxy writes', () => {
    fc.assert(fc.property(fc.string({ maxLength: 80 }), fc.string({ maxLength: 20 }), (forwarded, proto) => {
      const { peer } = sourceOf(['10.0.0.1'], '10.0.0.1', forwarded, proto);
      expect(addressOf({ peer })).toBeDefined();
    }));
    expect(sourceOf(['10.0.0.1'], '10.0.0.1', '1.1.1.1:99999').peer).toBe('tcp4:10.0.0.1:5000');
    expect(sourceOf(['10.0.0.1'], '10.0.0.1', '[1.1.1.1]:99').peer).toBe('tcp4:10.0.0.1:5000');
  });

  it.each(['localhost', '10.0.0.0/33', '::/129', '10.0.0', '', '10.0.0.0/', 'fe80::1%eth0', '*', 7 as unknown as string])('refuses to trust %p', (proxy) => {
    expect(() => new TrustedProxies([proxy])).toThrow(/^trustProxy must be addresses or networks such as "10\.0\.0\.0\/8", got /);
  });

  it('refuses what is no list', () => {
    expect(() => new TrustedProxies(true as unknown as [])).toThrow('trustProxy must be a list of addresses, got true');
  });
});
