import { domainToASCII } from 'node:url';

const schemes = ['dns', 'ipv4', 'ipv6', 'unix'] as const;
const wanted = 'wanted host:port, dns:…, ipv4:…, ipv6:… or unix:…';

/** A client target that was checked, in the form grpc-js takes. */
export interface Target {
  readonly uri: string;
  /** Whom a certificate must name. */
  readonly host: string;
  /** Nothing leaves this machine: a Unix socket or a loopback address. */
  readonly local: boolean;
  /** A Unix socket. */
  readonly socket: boolean;
}

/** Checks a client target: `host:port`, `dns:[//authority/]host:port`, `ipv4:a:p,b:p`, `ipv6:[a]:p`, `unix:path`. Throws a TypeError or RangeError that quotes it. */
export function parseTarget(text: string): Target {
  if (typeof text !== 'string' || text === '')
    throw new TypeError(`Cannot connect to ${JSON.stringify(text)}: ${wanted}`);
  const { scheme, rest } = split(text);
  if (scheme === 'unix') return { uri: `unix:${rest}`, host: 'localhost', local: checkPath(rest, text), socket: true };
  if (scheme === 'ipv4' || scheme === 'ipv6')
    return { uri: text, ...checkAddresses(rest, text, scheme), socket: false };
  const authority = /^\/\/[^/]*\/(.*)$/.exec(rest);
  const { host } = hostAndPort(authority?.[1] ?? rest, text, 'connect to');
  const ascii = asciiHost(host);
  if (ascii === '') throw new TypeError(`Cannot connect to ${JSON.stringify(text)}: "${host}" is no host name`);
  const full = scheme === undefined ? `dns:${text}` : text;
  const at = full.lastIndexOf(host);
  const uri = `${full.slice(0, at)}${ascii}${full.slice(at + host.length)}`;
  return { uri, host: ascii, local: isLoopback(ascii), socket: false };
}

/** A value for `:authority` in ASCII, its host as DNS has it (RFC 5891). Throws a TypeError that quotes it. */
export function asciiAuthority(text: string): string {
  const match = /^(.*?)(:\d+)?$/s.exec(text);
  const host = asciiHost(match?.[1] ?? text);
  if (host === '' && text !== '')
    throw new TypeError(`Cannot use authority ${JSON.stringify(text)}: wanted host or host:port`);
  return `${host}${match?.[2] ?? ''}`;
}

/** How calls to a target are protected, as `Peer.security` says it. Throws as `parseTarget` does. */
export function securityOf(target: string, tls: unknown, proxy = false): 'tls' | 'local' | 'none' {
  if (tls !== undefined && tls !== false) return 'tls';
  return staysHere(parseTarget(target), proxy) ? 'local' : 'none';
}

/** Whether nothing leaves this machine. A proxy may be elsewhere, even for loopback addresses; Unix sockets go past it. */
export function staysHere({ local, socket }: Target, proxy: boolean): boolean {
  return local && (socket || !proxy);
}

/** Where a server listens: a Unix socket's path, or host and port. */
export type ListenAddress = { readonly path: string } | { readonly host: string; readonly port: number };

/** Checks a listen address: `host:port` (0 takes a free port) or `unix:path`. Throws a TypeError or RangeError that quotes it. */
export function parseListenAddress(text: string): ListenAddress {
  if (typeof text !== 'string')
    throw new TypeError(`Cannot listen on ${JSON.stringify(text)}: wanted host:port or unix:path`);
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
    if (path === '' || path.length > 107)
      throw new RangeError(`Cannot listen on ${JSON.stringify(text)}: wanted a path of 1 to 107 bytes after "unix:"`);
    return { path };
  }
  return hostAndPort(text, text, 'listen on');
}

/** `host:port`, with brackets around an IPv6 host. */
export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function split(text: string): { scheme?: string; rest: string } {
  const match = /^([a-z][a-z0-9+.-]*):(.*)$/i.exec(text);
  const scheme = match?.[1]?.toLowerCase() ?? '';
  if (match !== null && (schemes as readonly string[]).includes(scheme)) return { scheme, rest: match[2]! };
  // `localhost:50051` looks like a scheme too; what follows the colon of a scheme is never just a port.
  if (match === null || /^\d*$/.test(match[2]!)) return { rest: text };
  if (match[2]!.startsWith('/') || !/:\d+$/.test(text))
    throw new TypeError(`Cannot connect to ${JSON.stringify(text)}: unknown scheme "${match[1]}", ${wanted}`);
  return { rest: text };
}

function checkPath(path: string, text: string): true {
  if (path === '' || path === '//')
    throw new TypeError(`Cannot connect to ${JSON.stringify(text)}: wanted a path after "unix:"`);
  return true;
}

function checkAddresses(list: string, text: string, scheme: 'ipv4' | 'ipv6'): { host: string; local: boolean } {
  const pattern = scheme === 'ipv4' ? /^\d{1,3}(\.\d{1,3}){3}$/ : /^[0-9a-f:.]+$/i;
  const hosts = list.split(',').map((address) => hostAndPort(address, text, 'connect to').host);
  for (const host of hosts) {
    if (!pattern.test(host))
      throw new TypeError(`Cannot connect to ${JSON.stringify(text)}: "${host}" is no ${scheme} address`);
  }
  return { host: hosts[0]!, local: hosts.every(isLoopback) };
}

/** The form in which names are looked up and compared, Unicode dots included (UTS 46); empty for what is no name. */
function asciiHost(host: string): string {
  if (/^[\x00-\x7f]*$/.test(host)) return host;
  // Node reads the host of a URL, and takes these for its end.
  return /[/?#\\@%]/.test(host) ? '' : domainToASCII(host);
}

function hostAndPort(address: string, text: string, action: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:[\]/\s]+)):(\d+)$/.exec(address);
  if (match === null) {
    const hint = /:\d+$/.test(address) ? 'wanted host:port' : 'the port is missing, wanted host:port';
    throw new TypeError(`Cannot ${action} ${JSON.stringify(text)}: ${hint}`);
  }
  const port = Number(match[3]);
  if (port > 65_535) throw new RangeError(`Cannot ${action} ${JSON.stringify(text)}: port ${match[3]} is above 65535`);
  return { host: match[1] ?? match[2]!, port };
}

/** True for addresses and names that lead back to this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host) || /^::ffff:127\./i.test(host);
}
