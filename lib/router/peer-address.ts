import { own } from '../protocol/fields.ts';
import type { Dict } from '../types.ts';

// What listeners say: tcp4:127.0.0.1:8080, tcp6:[::1]:8080.
const PEER = /^tcp[46]:\[?([^\]%]*)(?:%[^\]]*)?\]?:\d+$/;
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Groups of an IPv6 address that one customer of a network has in common: the first 64 bits. */
const NETWORK_GROUPS = 4;

/**
 * The address of a peer, from what its listener knows of it, without the port; of IPv6 the network (/64), since who has one address of it has all
 * of them. `undefined` where the connection has no such address.
 */
export function addressOf(transport: Dict): string | undefined {
  const peer = own(transport, 'peer');
  const address = typeof peer === 'string' ? PEER.exec(peer)?.[1] : undefined;
  if (address === undefined) return undefined;
  if (!address.includes(':')) return address;
  return MAPPED.exec(address)?.[1] ?? networkOf(address);
}

function networkOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  while (tail !== undefined && groups.length + behind.length < 8) groups.push('0');
  return `${[...groups, ...behind].slice(0, NETWORK_GROUPS).join(':')}::/64`;
}
