import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Code } from '../../core/code.ts';
import type { StatusError } from '../../core/status-error.ts';
import type { Json } from '../../wire/json/json.ts';
import { refused } from './field-path.ts';
import { HttpRefusal } from './http-refusal.ts';

/** What a body may be said to be: JSON under its own names, and what curl and pages say of any text. */
const jsonTypes = /^(?:application\/(?:json|x-ndjson|x-www-form-urlencoded|[\w.+-]+\+json)|text\/plain)\s*(?:;|$)/i;

/** The bytes of a body, unpacked; at most `maxBytes` of them. */
export async function bodyBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(request)) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** A body as JSON; undefined when it is empty. */
export async function bodyJson(request: IncomingMessage, maxBytes: number): Promise<Json | undefined> {
  const bytes = await bodyBytes(request, maxBytes);
  if (bytes.length === 0) return undefined;
  checkType(request);
  return parse(bytes);
}

/** The lines of a body, each a JSON document of `maxBytes` at most. Empty ones are skipped. */
export async function* bodyLines(request: IncomingMessage, maxBytes: number): AsyncGenerator<Json> {
  const parts: Buffer[] = [];
  let bytes = 0;
  const line = function* (): Generator<Json> {
    const whole = Buffer.concat(parts.splice(0));
    bytes = 0;
    if (!/^\s*$/.test(whole.toString('latin1', 0, 64)) || whole.length > 64) yield parse(whole);
  };
  const keep = (part: Buffer): void => {
    bytes += part.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    parts.push(part);
  };
  for await (const chunk of chunksOf(request)) {
    checkType(request);
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      keep(chunk.subarray(start, end));
      start = end + 1;
      yield* line();
    }
    keep(chunk.subarray(start));
  }
  yield* line();
}

async function* chunksOf(request: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of unpacked(request)) yield chunk as Buffer;
  } catch (error) {
    if (!String((error as NodeJS.ErrnoException).code).startsWith('Z_')) throw error;
    throw refused(`the body is not packed as it says: ${(error as Error).message}`);
  }
}

function unpacked(request: IncomingMessage): AsyncIterable<unknown> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  // Who is refused is still to be answered.
  if (encoding === 'identity') return request.iterator({ destroyOnReturn: false });
  if (encoding !== 'gzip')
    throw new HttpRefusal(
      415,
      Code.UNIMPLEMENTED,
      `Content-Encoding "${encoding.slice(0, 32)}" is not known: wanted gzip`,
    );
  // What fails on the way comes out of the reader.
  return pipeline(request, createGunzip(), () => {});
}

function checkType(request: IncomingMessage): void {
  const type = request.headers['content-type'];
  if (type === undefined || jsonTypes.test(type)) return;
  throw new HttpRefusal(
    415,
    Code.INVALID_ARGUMENT,
    `Content-Type "${type.slice(0, 64)}" is not known: wanted application/json`,
  );
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parse(bytes: Uint8Array): Json {
  try {
    return JSON.parse(utf8.decode(bytes)) as Json;
  } catch (error) {
    throw refused(`the body is not JSON: ${(error as Error).message}`);
  }
}

function tooLarge(maxBytes: number): StatusError {
  return new HttpRefusal(413, Code.RESOURCE_EXHAUSTED, `The body is over the limit of ${maxBytes} bytes`);
}
