import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { httpStatus } from '../../core/http-status.ts';
import type { Status } from '../../core/status.ts';
import { statusOf } from '../../core/status-error.ts';
import type { DescriptorIndex } from '../../wire/descriptor-index.ts';
import type { Json } from '../../wire/json/json.ts';
import { HttpRefusal } from './http-refusal.ts';
import { statusHeaders, statusJson } from './http-status.ts';

const pack = promisify(gzip);
/** Less is not worth the work. */
const packFrom = 1_024;

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** JSON as an answer. */
export function jsonAnswer(status: number, json: Json, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { ...headers, 'content-type': 'application/json' }, body: `${JSON.stringify(json)}\n` };
}

/** A failed call, or whatever else was thrown, as an answer. */
export function failureAnswer(thrown: unknown, index?: DescriptorIndex): Answer {
  const status = statusOf(thrown);
  if (thrown instanceof HttpRefusal) return jsonAnswer(thrown.httpStatus, statusJson(status, index), thrown.headers);
  return statusAnswer(status, index);
}

/** A status that is not OK. */
export function statusAnswer(status: Pick<Status, 'code' | 'message' | 'details'>, index?: DescriptorIndex): Answer {
  return jsonAnswer(httpStatus(status.code), statusJson(status, index), statusHeaders(status));
}

/** Sends an answer, packed for those who take that. Resolves when it was handed over; never rejects. */
export async function send(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const { status, headers, body } = answer;
  if (response.headersSent || response.destroyed) return;
  let bytes = typeof body === 'string' ? Buffer.from(body) : body;
  if (bytes !== undefined && bytes.length >= packFrom && takesGzip(request)) {
    bytes = await pack(bytes);
    response.setHeader('content-encoding', 'gzip');
  }
  if (bytes !== undefined) response.appendHeader('vary', 'Accept-Encoding');
  // What still comes would be read as the next request, or for nothing.
  if (!request.complete) response.setHeader('connection', 'close');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (bytes !== undefined) response.setHeader('content-length', bytes.length);
  response.writeHead(status);
  response.end(bytes);
}

function takesGzip({ headers }: IncomingMessage): boolean {
  const accepted = String(headers['accept-encoding'] ?? '');
  return /(?:^|[\s,])(?:gzip|\*)(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(accepted);
}
