import { STATUS_CODES } from 'node:http';
import type { Header } from './header.ts';

/** A request or a response as a plain value. */
export interface HttpPayload {
  method?: string;
  /** `http` or `https`. */
  scheme?: string;
  /** With the port, if it is not the scheme's own: `localhost:8080`. */
  host?: string;
  /** As it was sent, without query: `/users/ada%20l`. */
  path?: string;
  /** Every value of every name. */
  query?: Record<string, string[]>;
  /** `HTTP/1.1` or `HTTP/2.0`. */
  protocol?: string;
  /** Given: canonical names (`Content-Type`), all values. Taken: any case, a text or a list. */
  header?: Record<string, string[]>;
  /** The value that the bytes stand for by their content type; left out when none came. */
  body?: unknown;
  /** Of responses. */
  status?: number;
  /** What a `router` found in the path. */
  params?: Record<string, string>;
}

/** The same as nodes may write it. */
export interface HttpPayloadInit extends Omit<HttpPayload, 'query' | 'header'> {
  query?: Readonly<Record<string, string | readonly string[]>>;
  header?: Header;
}

const fields: ReadonlySet<string> = new Set([
  'method',
  'scheme',
  'host',
  'path',
  'query',
  'protocol',
  'header',
  'body',
  'status',
  'params',
]);

/**
 * Whether a value is a request or response: a mapping that has at least one of its fields, no other, and each of the right type. Whatever
 * is none of it is a body.
 */
export function isHttpPayload(value: unknown): value is HttpPayloadInit {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  let found = false;
  for (const name of Object.keys(value)) {
    if (!fields.has(name) || !isField(name, (value as Record<string, unknown>)[name])) return false;
    found = true;
  }
  return found;
}

function isField(name: string, value: unknown): boolean {
  if (name === 'body' || value === undefined || value === null) return true;
  if (name === 'status') return Number.isInteger(value);
  if (name === 'query' || name === 'header' || name === 'params')
    return typeof value === 'object' && !Array.isArray(value);
  return typeof value === 'string';
}

/** A response with a status, and its phrase as body when none is given: `{ status: 404, body: 'Not Found' }`. */
export function statusPayload(status: number, header: Record<string, string[]> = {}, body?: unknown): HttpPayload {
  const phrase = status === 204 || status === 304 ? undefined : (STATUS_CODES[status] ?? String(status));
  return { status, header, ...((body ?? phrase) !== undefined && { body: body ?? phrase }) };
}
