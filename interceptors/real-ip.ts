import { BlockList, isIP, SocketAddress } from 'node:net';
import { type Call, type Context, checkOptions, type Interceptor, key } from 'flowrpc';
import { endpointOf } from './tracing/endpoint.ts';

/** The client's IP address without port, as far as it is known: set by `realIp()`. */
export const realIpKey = key<string>('real ip');

export interface RealIpOptions {
  /** Proxies whose word counts: addresses, CIDR ranges, and `local` for peers in process or on a Unix socket. */
  trusted: readonly string[];
  /**
   * Where proxies write whom they speak for; the first that is there counts. Name only what your own proxies set or append to:
   * they pass everything else on as strangers sent it. Default `x-forwarded-for`.
   */
  headers?: readonly string[];
}

/** More proxies than that in one header are nobody's. */
const maxHops = 32;

/**
 * Finds the address of the client behind proxies and puts it under `realIpKey`. A header is believed only from a trusted peer,
 * and read from its right end: each trusted address vouches for the one before it, the first other one is the client. What is no address ends
 * the walk at the proxy that wrote it. From all other peers it is their own address, whatever they send. Clients' calls pass by.
 */
export function realIp({ trusted, headers = ['x-forwarded-for'], ...rest }: RealIpOptions): Interceptor {
  checkOptions('realIp', rest, ['trusted', 'headers']);
  const trusts = trustOf(trusted);
  const names = headers.map((name) => name.toLowerCase());
  return async function realIp(call, next) {
    if (call.side === 'client') return next(call);
    const ip = clientIp(call, names, trusts);
    return next(ip === undefined ? call : call.with(realIpKey, ip));
  };
}

interface Trust {
  readonly local: boolean;
  address(ip: string): boolean;
}

function clientIp(call: Call, names: readonly string[], trusts: Trust): string | undefined {
  let ip = parseIp(endpointOf(call.peer.address).address);
  if (ip === undefined ? !(trusts.local && isLocal(call)) : !trusts.address(ip)) return ip;
  for (const hop of hopsIn(call, names)) {
    const before = parseIp(hop);
    if (before === undefined) return ip;
    ip = before;
    if (!trusts.address(ip)) return ip;
  }
  return ip;
}

/** What the first header that is there says, the nearest proxy's word first. */
function hopsIn({ metadata }: Context, names: readonly string[]): readonly string[] {
  const name = names.find((each) => metadata.has(each));
  if (name === undefined) return [];
  return metadata.getAll(name).join(',').split(',').slice(-maxHops).reverse();
}

function isLocal({ peer }: Context): boolean {
  return peer.address.startsWith('unix:') || peer.address === 'in-process';
}

const withPort = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::\d{1,5})?$/;
const mapped = /^::ffff:([0-9.]+)$/i;

/** `10.0.0.1`, `10.0.0.1:443`, `::1`, `[::1]`, `[::1]:443`, quoted or not, written in the one way that all forms of an address share. */
function parseIp(text: string): string | undefined {
  const bare = text.trim().replace(/^"(.*)"$/, '$1');
  const match = withPort.exec(bare);
  const address = match?.[1] ?? match?.[2] ?? bare;
  const version = isIP(address);
  if (version === 4) return address;
  if (version === 0 || address.includes('%')) return undefined;
  const plain = new SocketAddress({ address, family: 'ipv6' }).address;
  // An IPv4 address in IPv6 clothes is an IPv4 address.
  return mapped.exec(plain)?.[1] ?? plain;
}

function trustOf(trusted: readonly string[]): Trust {
  if (!Array.isArray(trusted))
    throw new TypeError(`Cannot trust ${String(trusted)}: wanted a list of addresses, CIDR ranges and "local"`);
  const list = new BlockList();
  for (const entry of trusted) if (entry !== 'local') addTo(list, entry);
  return {
    local: trusted.includes('local'),
    address: (ip) => list.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4'),
  };
}

function addTo(list: BlockList, entry: string): void {
  const [address = '', bits, ...more] = String(entry).split('/');
  const version = isIP(address);
  const most = version === 6 ? 128 : 32;
  const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (version === 0 || more.length > 0 || !(prefix <= most))
    throw new TypeError(
      `Cannot trust ${JSON.stringify(entry)}: wanted an IP address, a range such as "10.0.0.0/8" or "fd00::/8", or "local"`,
    );
  list.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4');
}
