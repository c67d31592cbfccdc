import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * What an address is part of: `link` is what no name should stand for (link-local addresses, where clouds have their metadata, those of
 * "this host", multicast), `private` is this machine and networks of one's own.
 */
export type AddressClass = 'public' | 'private' | 'link';

const link = new BlockList();
for (const [net, bits] of [
  ['169.254.0.0', 16],
  ['0.0.0.0', 8],
  ['224.0.0.0', 4],
  ['255.255.255.255', 32],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
] as const)
  link.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['fe80::', 10],
  ['ff00::', 8],
  ['::', 128],
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
] as const)
  link.addSubnet(net, bits, 'ipv6');

const own = new BlockList();
for (const [net, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['192.0.0.0', 24],
  ['198.18.0.0', 15],
  ['240.0.0.0', 4],
] as const)
  own.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fec0::', 10],
  ['100::', 64],
  ['2001:db8::', 32],
] as const)
  own.addSubnet(net, bits, 'ipv6');

/** What an IPv4 or IPv6 address is part of. One that cannot be read is of the link. */
export function classOfAddress(address: string): AddressClass {
  const plain = address.replace(/%.*$/, '');
  const inner = isIPv6(plain) ? innerIPv4(plain) : undefined;
  if (inner !== undefined) return classOfAddress(inner);
  if (!isIPv4(plain) && !isIPv6(plain)) return 'link';
  const family = isIPv4(plain) ? 'ipv4' : 'ipv6';
  if (link.check(plain, family)) return 'link';
  return own.check(plain, family) ? 'private' : 'public';
}

/** The IPv4 address that an IPv6 address leads to: mapped, compatible, translated (RFC 6052, 8215), 6to4. */
export function innerIPv4(address: string): string | undefined {
  const groups = groupsOf(address);
  if (groups === undefined) return undefined;
  const [a, b, c, d, e, f, high, low] = groups as [number, number, number, number, number, number, number, number];
  const zero = a === 0 && b === 0 && c === 0 && d === 0;
  if (zero && e === 0 && (f === 0xffff || (f === 0 && high !== 0))) return dotted(high, low);
  // IPv4-translated (SIIT).
  if (zero && e === 0xffff && f === 0) return dotted(high, low);
  if (a === 0x64 && b === 0xff9b && (c === 0 || c === 1)) return dotted(high, low);
  return a === 0x2002 ? dotted(b, c) : undefined;
}

function groupsOf(address: string): number[] | undefined {
  let canonical: string;
  try {
    canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  } catch {
    return undefined;
  }
  const [before = '', after] = canonical.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const gap = after === undefined ? [] : Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...gap, ...tail].map((group) => Number.parseInt(group, 16));
}

function dotted(high: number, low: number): string {
  return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
}
