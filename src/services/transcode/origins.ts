import type { IncomingMessage } from 'node:http';
import { Code } from '../../core/code.ts';
import { isLoopback } from '../../transport/grpc/target.ts';
import { HttpRefusal } from './http-refusal.ts';

/** Which pages of browsers may ask. */
export interface Origins {
  /** Headers for the answer; a refusal is thrown: PERMISSION_DENIED. */
  admit(request: IncomingMessage): Record<string, string>;
  /** The answer to a preflight. */
  preflight(request: IncomingMessage, verbs: Iterable<string>): Record<string, string>;
}

/**
 * Pages of the listed origins (`*`: all), and those that come from the same host. All others are refused: a page that somebody opens in a browser
 * must not call what that person's machine can reach. Callers that are no browsers send no origin, as browsers do for what a page gets from its
 * own host: on loopback addresses such are refused unless the host is this machine's, or of a listed origin.
 */
export function origins(listed: readonly string[], taken: readonly string[], shown: readonly string[]): Origins {
  const all = listed.includes('*');
  const known = new Set(listed);
  const names = new Set(listed.map(hostname));
  const shownText = [...shown, 'grpc-status', 'grpc-message'].join(', ');
  const takenText = [...taken, 'content-type', 'grpc-timeout'].join(', ');
  const admit = (request: IncomingMessage): Record<string, string> => {
    const { origin } = request.headers;
    if (origin === undefined) {
      if (!all) checkHost(request, names);
      return known.size === 0 ? {} : { vary: 'Origin' };
    }
    if (all) return { 'access-control-allow-origin': '*', 'access-control-expose-headers': shownText };
    if (known.has(origin))
      return { 'access-control-allow-origin': origin, 'access-control-expose-headers': shownText, vary: 'Origin' };
    if (isSame(origin, request)) return {};
    throw new HttpRefusal(403, Code.PERMISSION_DENIED, `Pages of "${origin.slice(0, 128)}" may not call this`);
  };
  return {
    admit,
    preflight: (request, verbs) => ({
      ...admit(request),
      'access-control-allow-methods': [...verbs].join(', '),
      'access-control-allow-headers': takenText,
      'access-control-max-age': '600',
    }),
  };
}

/** Which names lead to this machine is for nobody's DNS to say. */
function checkHost({ headers, socket }: IncomingMessage, names: ReadonlySet<string | undefined>): void {
  const { host } = headers;
  // With TLS a browser has seen that the name is meant.
  if (host === undefined || 'encrypted' in socket || !isLoopback(socket.localAddress ?? '')) return;
  const name = hostname(`http://${host}`);
  if (name !== undefined && (isOwnName(name) || names.has(name))) return;
  throw new HttpRefusal(
    403,
    Code.PERMISSION_DENIED,
    `Cannot answer for host "${host.slice(0, 128)}" on a loopback address: list its origin in cors`,
  );
}

/** A name that leads to this machine by somebody's DNS is not the same as this machine. */
function isSame(origin: string, { headers, socket }: IncomingMessage): boolean {
  if (!URL.canParse(origin)) return false;
  const host = new URL(origin);
  if (host.host !== (headers.host ?? '').toLowerCase()) return false;
  return !isLoopback(socket.localAddress ?? '') || isOwnName(host.hostname);
}

/** An address in digits is led by nobody. */
function isOwnName(name: string): boolean {
  return name === 'localhost' || /^(?:[\d.]+|\[[\da-f:.]+\])$/.test(name);
}

function hostname(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
