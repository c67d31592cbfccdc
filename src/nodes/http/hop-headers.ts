import { canonicalName } from './header.ts';

/** Said to the next hop alone: not passed on (RFC 9110, 7.6.1), and said anew by whoever sends. */
const hopNames: ReadonlySet<string> = new Set([
  'Connection',
  'Keep-Alive',
  'Proxy-Connection',
  'Proxy-Authenticate',
  'Proxy-Authorization',
  'Te',
  'Trailer',
  'Transfer-Encoding',
  'Upgrade',
  'Http2-Settings',
]);

type Lists = Record<string, string[]>;

/** A header, by canonical names, without what is meant for one hop: the well-known names, and those that its Connection field lists. */
export function withoutHopHeaders(header: Readonly<Record<string, readonly string[]>>): Lists {
  const listed = header.Connection?.flatMap((value) => value.split(',').map((name) => canonicalName(name.trim())));
  const kept: Lists = {};
  for (const name of Object.keys(header)) {
    // No name that anybody means.
    if (name === '__proto__') continue;
    if (!hopNames.has(name) && listed?.includes(name) !== true) kept[name] = header[name] as string[];
  }
  return kept;
}
