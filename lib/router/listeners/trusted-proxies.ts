// [node]
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import { show } from '../../protocol/show.ts';
import { peerOf } from './request-details.ts';

/** Where a request comes from. */
export interface Source {
  /** `tcp4:203.0.113.7:0`: the port is 0 where the proxy does not tell it. */
  readonly peer: string;
  /** Whether the client's own end of the way has TLS. */
  readonly isSecure: boolean;
}

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * The proxies whose word is taken for where a request comes from: their X-Forwarded-For and X-Forwarded-Proto.
 *
 * The first header is read from its end, which the proxy before us has written, for as long as what is found there is one of the proxies: the first address that
 * is none is the client's. Whatever stands before it the client may have written himself. Of a peer that is no proxy neither header is looked at.
 */
export class TrustedProxies {
  readonly #list = new BlockList();

  /** Addresses and networks: `10.0.0.1`, `10.0.0.0/8`, `::1`, `fd00::/8`. Throws TypeError where one is none. */
  constructor(proxies: readonly string[]) {
    if (!Array.isArray(proxies)) throw new TypeError(`trustProxy must be a list of addresses, got ${show(proxies)}`);
    for (const each of proxies as readonly unknown[]) {
      if (typeof each !== 'string' || !this.#add(each)) throw new TypeError(`trustProxy must be addresses or networks such as "10.0.0.0/8", got ${show(each)}`);
    }
  }

  /** Where a request comes from: its socket, or what proxies that are trusted say. */
  sourceOf({ socket, headers }: IncomingMessage): Source {
    const isSecure = socket instanceof TLSSocket;
    if (!this.#has(socket.remoteAddress ?? '')) return { peer: peerOf(socket), isSecure };
    const hops = listOf(headers['x-forwarded-for']);
    let peer: string | undefined;
    let passed = 0;
    for (const hop of hops.reverse()) {
      const client = readHop(hop);
      if (client === undefined) break;
      passed++;
      peer = peerOf({ remoteFamily: client.address.includes(':') ? 'IPv6' : 'IPv4', remoteAddress: client.address, remotePort: client.port });
      if (!this.#has(client.address)) break;
    }
    const protocols = listOf(headers['x-forwarded-proto']);
    const protocol = protocols.at(-Math.max(passed, 1)) ?? protocols[0];
    return { peer: peer ?? peerOf(socket), isSecure: protocol === undefined ? isSecure : protocol.toLowerCase() === 'https' };
  }

  #add(proxy: string): boolean {
    const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(proxy) ?? [];
    const family = isIP(address);
    const most = family === 6 ? 128 : 32;
    if (family === 0 || address.includes('%') || Number(bits ?? most) > most) return false;
    this.#list.addSubnet(address, Number(bits ?? most), family === 6 ? 'ipv6' : 'ipv4');
    return true;
  }

  #has(address: string): boolean {
    const bare = plain(address);
    const family = isIP(bare);
    return family !== 0 && this.#list.check(bare, family === 6 ? 'ipv6' : 'ipv4');
  }
}

function listOf(header: string | readonly string[] | undefined): string[] {
  const text = typeof header === 'object' ? header.join(',') : header ?? '';
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '');
}

/** An address as proxies write it: bare, or with a port, IPv6 in brackets then. */
function readHop(hop: string): { readonly address: string; readonly port: number } | undefined {
  if (isIP(hop) !== 0) return { address: plain(hop), port: 0 };
  const [, six, four = six, port = '0'] = /^(?:\[([0-9a-f:.]+)\]|([\d.]+))(?::(\d{1,5}))?$/i.exec(hop) ?? [];
  if (four === undefined || isIP(four) === 0 || (six !== undefined && isIP(six) !== 6) || Number(port) > 65_535) return undefined;
  return { address: plain(four), port: Number(port) };
}

// A zone says nothing to anybody but the host that wrote it.
function plain(address: string): string {
  return MAPPED.exec(address)?.[1] ?? address.split('%', 1)[0] ?? address;
}
