import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { classOfAddress, innerIPv4 } from './outbound-address.ts';
import { type OutboundHost, plainHost } from './outbound-host.ts';

/** How a host is on a list: by its name, by a pattern, or only if its addresses are. */
export type Grant = 'name' | 'pattern' | 'address';

interface Named {
  readonly host: string;
  /** Any when undefined. */
  readonly port: number | undefined;
}

/**
 * A list of hosts that may be reached: `api.example.com`, `api.example.com:8443`, `*.example.com`, `*`, `10.1.2.3`, `10.0.0.0/8`. Patterns
 * cover public addresses alone; a name covers private ones, too; those of the link must be listed as addresses.
 */
export class OutboundRules {
  readonly #wide: boolean;
  #any = false;
  readonly #names: Named[] = [];
  readonly #suffixes: Named[] = [];
  readonly #literals: Named[] = [];
  readonly #nets = new BlockList();
  readonly #linkNets = new BlockList();
  #hasNets = false;

  /** `wide`: patterns cover private addresses, too. A TypeError that quotes the entry that is not understood. */
  constructor(allow: readonly string[] = [], { wide = false }: { wide?: boolean } = {}) {
    this.#wide = wide;
    for (const entry of allow) if (!this.#add(entry)) throw notUnderstood(entry);
  }

  /** How a host is listed, as far as that can be said before its name is resolved. */
  grantOf({ host, port, literal }: Pick<OutboundHost, 'host' | 'literal'> & { port?: number }): Grant | undefined {
    const fits = (one: Named): boolean => one.port === undefined || port === undefined || one.port === port;
    if (literal) {
      if (this.#literals.some((one) => one.host === host && fits(one))) return 'name';
      return this.#any || this.#hasNets ? (this.#any ? 'pattern' : 'address') : undefined;
    }
    if (this.#names.some((one) => one.host === host && fits(one))) return 'name';
    if (this.#any || this.#suffixes.some((one) => host.endsWith(one.host) && fits(one))) return 'pattern';
    return this.#hasNets ? 'address' : undefined;
  }

  /** Whether a host with this grant may be reached at an address that it stands for. */
  admits(address: string, grant: Grant): boolean {
    const kind = classOfAddress(address);
    if (kind === 'link') return within(this.#linkNets, address);
    if (grant === 'name' || within(this.#nets, address)) return true;
    return grant === 'pattern' && (this.#wide || kind === 'public');
  }

  #add(entry: string): boolean {
    if (entry === '*') return (this.#any = true);
    const net = /^(.+)\/(\d{1,3})$/.exec(entry);
    if (net !== null) return this.#addNet(net[1]!, Number(net[2]));
    const pattern = entry.startsWith('*.');
    const parts = /^(\[[^\]]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(pattern ? entry.slice(2) : entry);
    const bare = parts?.[1] ?? (isIPv6(entry) ? `[${entry}]` : undefined);
    const host = bare === undefined || /[/?#@\\%*\s]/.test(bare) ? undefined : plainHost(bare);
    if (host === undefined) return false;
    const port = parts?.[2] === undefined ? undefined : Number(parts[2]);
    if (isIPv4(host) || isIPv6(host)) {
      if (pattern) return false;
      this.#literals.push({ host, port });
      // A name that stands for it has no port to compare, so with a port it counts for the address as it is written alone.
      return port !== undefined || this.#addNet(host, isIPv4(host) ? 32 : 128);
    }
    if (pattern) this.#suffixes.push({ host: `.${host}`, port });
    else this.#names.push({ host, port });
    return true;
  }

  #addNet(address: string, bits: number): boolean {
    const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined;
    if (family === undefined || bits > (family === 'ipv4' ? 32 : 128)) return false;
    this.#hasNets = true;
    // 0.0.0.0/0 means networks, not what hangs on a link of this machine.
    const ofLink = classOfAddress(address) === 'link' && bits >= 10;
    (ofLink ? this.#linkNets : this.#nets).addSubnet(address, bits, family);
    return true;
  }
}

function within(list: BlockList, address: string): boolean {
  const inner = isIPv6(address) ? innerIPv4(address) : undefined;
  if (inner !== undefined && list.check(inner, 'ipv4')) return true;
  return list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

function notUnderstood(entry: unknown): TypeError {
  return new TypeError(
    `Cannot allow ${JSON.stringify(entry)}: wanted a host such as "api.example.com:443", "*.example.com", "*", or addresses such as "10.0.0.0/8"`,
  );
}

/** Whether an entry is one that such a list may have. */
export function isOutboundEntry(entry: string): boolean {
  try {
    new OutboundRules([entry]);
    return true;
  } catch {
    return false;
  }
}
