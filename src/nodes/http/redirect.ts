import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { ByteStream } from '../byte-stream.ts';
import type { OutgoingRequest } from './outgoing-request.ts';

const statuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const secretNames = ['Authorization', 'Cookie', 'Cookie2', 'Proxy-Authorization', 'Www-Authenticate'];
const contentNames = ['Content-Type', 'Content-Encoding', 'Content-Language', 'Content-Location', 'Content-Length'];

/**
 * The request that an answer redirects to; undefined when it does not. As browsers and Go do: after 301, 302 and 303 without body and by GET, after
 * 307 and 308 the same again. Credentials stay with the host that they are for.
 */
export function redirectOf(
  request: OutgoingRequest,
  status: number,
  location: string | undefined,
): OutgoingRequest | undefined {
  if (!statuses.has(status) || location === undefined) return undefined;
  const url = target(location, request.url);
  const header = { ...request.header };
  if (url.host !== request.url.host || (url.protocol === 'http:' && request.url.protocol === 'https:'))
    for (const name of secretNames) delete header[name];
  if (status === 307 || status === 308) {
    // What was sent once cannot be sent again: the answer is what it is.
    return request.body instanceof ByteStream ? undefined : { ...request, url, header };
  }
  for (const name of contentNames) delete header[name];
  return { method: request.method === 'HEAD' ? 'HEAD' : 'GET', url, header, body: undefined };
}

function target(location: string, base: URL): URL {
  try {
    const url = new URL(location, base);
    if (url.protocol === 'http:' || url.protocol === 'https:') {
      url.username = url.password = '';
      return url;
    }
  } catch {
    // Said below.
  }
  throw new StatusError(
    Code.UNAVAILABLE,
    `Cannot follow the redirect of ${base.origin} to ${JSON.stringify(location.slice(0, 200))}: wanted an http or https URL`,
  );
}
