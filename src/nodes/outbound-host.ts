import { isIPv4, isIPv6 } from 'node:net';

/** Where an address leads to. */
export interface OutboundHost {
  /** Lower case, without brackets or final dot; an IPv4 address in any of its spellings as four numbers. */
  readonly host: string;
  /** The scheme's own where none is written; 0 when nobody says. */
  readonly port: number;
  /** `host:port`, as lists have it. */
  readonly address: string;
  /** It is an address, not a name. */
  readonly literal: boolean;
}

const defaultPorts: Readonly<Record<string, number>> = {
  'http:': 80,
  'ws:': 80,
  'https:': 443,
  'wss:': 443,
  'postgres:': 5432,
  'postgresql:': 5432,
};

/** Reads a URL or a gRPC target (`host:port`, `dns:///host:port`, `ipv4:a:p`). Undefined for Unix sockets, files, lists, and what cannot be read. */
export function outboundHost(text: string | URL): OutboundHost | undefined {
  const url = typeof text === 'string' ? urlOf(text) : text;
  if (url === undefined) return undefined;
  const host = plainHost(url.host === '' ? '' : url.hostname);
  if (host === undefined) return undefined;
  const port = url.port === '' ? (defaultPorts[url.protocol] ?? 0) : Number(url.port);
  const address = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return { host, port, address, literal: isIPv4(host) || isIPv6(host) };
}

/** The host of a URL as it is compared; undefined when there is none. */
export function plainHost(hostname: string): string | undefined {
  try {
    // Only some schemes have their hosts read so by `URL`.
    const host = new URL(`http://${hostname}`).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    return host === '' ? undefined : host;
  } catch {
    return undefined;
  }
}

function urlOf(text: string): URL | undefined {
  const target = /^(?:(?:dns|ipv4|ipv6):)?(?:\/\/\/)?([^/?#@\\,]+)$/i.exec(text)?.[1];
  try {
    if (target !== undefined && !/^unix/i.test(text)) return new URL(`grpc://${bracketed(target)}`);
    const url = new URL(text);
    return /^(?:unix|file|data|blob|javascript|dns|ipv[46]):|^unix/i.test(url.protocol) || /%2f/i.test(url.hostname)
      ? undefined
      : url;
  } catch {
    return undefined;
  }
}

/** IPv6 addresses without port are written without brackets, too. */
function bracketed(target: string): string {
  return isIPv6(target) ? `[${target}]` : target;
}
