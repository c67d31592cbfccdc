import type { IncomingHttpHeaders } from 'node:http2';

/* As grpc-js has them: what matches is taken, anything else is refused and printed. */
const legalKey = /^[0-9a-z_.-]+$/;
const legalValue = /^[ -~]*$/;

/**
 * Symptom: a server writes to our terminals and logs, anything but the lower controls (a terminal takes U+009B for the beginning of a command),
 * and with whatever secret the value holds. Cause: grpc-js prints the pairs that it refuses, as they came, to stderr. They are left out before it
 * sees them, as it would leave them out. May go when it prints no bytes of a peer.
 */
export function withoutPrinted(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  let legal = headers;
  for (const key of Object.keys(headers)) {
    if (key.charCodeAt(0) === 58 || isLegal(key, headers[key])) continue;
    if (legal === headers) legal = { ...headers };
    delete legal[key];
  }
  return legal;
}

function isLegal(key: string, value: string | string[] | undefined): boolean {
  if (!legalKey.test(key)) return false;
  if (key.endsWith('-bin') || value === undefined) return true;
  return typeof value === 'string' ? legalValue.test(value) : value.every((one) => legalValue.test(one));
}
