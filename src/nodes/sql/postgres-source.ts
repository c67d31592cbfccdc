import { isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { invalidSource } from './invalid-source.ts';

/** Where a PostgreSQL server is, as its driver takes it, and a name for it that tells no secrets. */
export interface PostgresSource {
  readonly connectionString: string;
  readonly label: string;
  /** `host:port` of a server that is reached over the network; undefined for a socket of this machine. */
  readonly target: string | undefined;
  /** Certificates and keys on this machine, in full, that the driver reads. */
  readonly files: readonly string[];
}

const pair = /\s*([A-Za-z_]+)\s*=\s*(?:'((?:[^'\\]|\\[\s\S])*)'|(\S*))\s*/y;

const fileFields = ['sslrootcert', 'sslcert', 'sslkey'];
const wanted = 'postgres://user:password@host:5432/name, or host=… dbname=…';

/**
 * Reads `postgres://user:password@host:5432/name?sslmode=…`, or `host=… port=… dbname=…`; paths are from `baseDir`. What is said twice counts as the driver has it, and
 * the driver is told once. The error never shows the source.
 */
export function postgresSource(source: string, baseDir = '/'): PostgresSource {
  const text = /^postgres(?:ql)?:\/\//i.test(source) ? source : urlOf(source);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalidSource(wanted);
  }
  const { host, port } = placeOf(url);
  const isSocket = host.startsWith('/');
  for (const name of ['host', 'port']) url.searchParams.delete(name);
  url.hostname = isSocket ? 'localhost' : isIPv6(host) ? `[${host}]` : host;
  url.port = port;
  // What does not fit there is left out without a word.
  const fits = isSocket || isIPv6(host) || decoded(url.hostname) === host;
  if (!fits || url.port !== port) throw invalidSource(wanted);
  if (isSocket) url.searchParams.set('host', host);
  const files: string[] = [];
  for (const name of fileFields) {
    const path = url.searchParams.getAll(name).at(-1);
    if (path === undefined || path === '') continue;
    files.push(resolve(baseDir, path));
    url.searchParams.set(name, resolve(baseDir, path));
  }
  return {
    connectionString: url.href,
    label: `postgres database "${decoded(url.pathname.slice(1))}" at ${isSocket ? host : `${host}:${port}`}`,
    target: isSocket ? undefined : `${host}:${port}`,
    files,
  };
}

/** Where the driver would connect: what stands last in the query comes before what the address says. */
function placeOf({ searchParams, hostname, port }: URL): { host: string; port: string } {
  const host = searchParams.getAll('host').at(-1) || decoded(hostname) || 'localhost';
  const number = searchParams.getAll('port').at(-1) || port || '5432';
  if (!/^\d{1,5}$/.test(number)) throw invalidSource(wanted);
  return { host: host.replace(/^\[|\]$/g, ''), port: String(Number(number)) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidSource(wanted);
  }
}

/** The URL of a text such as `host=db port=5432 user=app dbname=shop sslmode=disable`. */
function urlOf(source: string): string {
  const fields: Record<string, string> = {};
  let at = 0;
  while (at < source.length) {
    pair.lastIndex = at;
    const match = pair.exec(source);
    if (match === null || match[0] === '') return '';
    fields[match[1]!.toLowerCase()] = match[2]?.replace(/\\([\s\S])/g, '$1') ?? match[3] ?? '';
    at += match[0].length;
  }
  if (at === 0) return '';
  const { host = 'localhost', port = '5432', user = '', password = '', dbname = '', ...rest } = fields;
  const url = new URL(`postgres://localhost:${port}/${encodeURIComponent(dbname)}`);
  if (host.startsWith('/')) url.searchParams.set('host', host);
  else url.hostname = host;
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password);
  for (const [key, value] of Object.entries(rest)) url.searchParams.set(key, value);
  return url.href;
}
