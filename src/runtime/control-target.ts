import { lookup } from 'node:dns/promises';
import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * Whether a target is on a list: as it is written there, or by `*.shop.svc:50051` or `*`. Those two never allow what is not known yet (a
 * template), nor an address of the link, however it is spelled.
 */
export function isListedTarget(target: unknown, allowed: readonly string[]): boolean {
  if (typeof target !== 'string') return false;
  if (allowed.includes(target)) return true;
  if (target.includes('{{')) return false;
  const host = hostOf(target);
  if (host === undefined || isOfLink(host)) return false;
  return allowed.some((pattern) => pattern === '*' || (pattern.startsWith('*.') && target.endsWith(pattern.slice(1))));
}

/** Whether a target that is on the list by a pattern is one now that its name is resolved. */
export async function isAllowedTarget(target: unknown, allowed: readonly string[]): Promise<boolean> {
  if (!isListedTarget(target, allowed)) return false;
  const host = allowed.includes(target as string) ? undefined : hostOf(target as string);
  return host === undefined || !(await addressesOf(host)).some(isOfLink);
}

/** The host of a target, an IPv4 address in any of its spellings as four numbers; undefined for Unix sockets and what cannot be read. */
function hostOf(target: string): string | undefined {
  const address = /^(?:(?:dns|ipv4|ipv6):)?(?:\/\/\/)?([^/?#@\\,]+)$/i.exec(target)?.[1];
  if (address === undefined || /^unix/i.test(target)) return undefined;
  try {
    return new URL(`http://${address}`).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  } catch {
    return undefined;
  }
}

/** What a name stands for now. A name that is not there yet stands for nothing. */
async function addressesOf(host: string): Promise<string[]> {
  if (isIPv4(host) || isIPv6(host)) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}

const link = new BlockList();
link.addSubnet('169.254.0.0', 16, 'ipv4');
link.addSubnet('0.0.0.0', 8, 'ipv4');
link.addSubnet('fe80::', 10, 'ipv6');
link.addSubnet('::ffff:169.254.0.0', 112, 'ipv6');
link.addSubnet('64:ff9b::169.254.0.0', 112, 'ipv6');
link.addAddress('::', 'ipv6');
// Where clouds have their metadata beside that.
link.addAddress('fd00:ec2::254', 'ipv6');
link.addAddress('100.100.100.200', 'ipv4');

function isOfLink(host: string): boolean {
  if (isIPv4(host)) return link.check(host, 'ipv4');
  if (isIPv6(host)) return link.check(host, 'ipv6');
  return /^metadata(\.google\.internal)?$/i.test(host);
}
