import { pipeline, Readable } from 'node:stream';
import { constants, createBrotliCompress, createDeflate, createGzip } from 'node:zlib';
import Negotiator from 'negotiator';
import { ByteStream } from '../byte-stream.ts';
import { brotliQuality, type ContentCoding, compress } from './content-coding.ts';
import type { Answer } from './server-answer.ts';

/** Below it, what is saved is not worth it. */
const leastBytes = 1_024;
const compressible =
  /^(?:text\/(?!event-stream)|application\/(?:json|xml|javascript|x-javascript|yaml|x-yaml|x-ndjson|graphql|sql|wasm|x-www-form-urlencoded)|image\/svg\+xml|[^;]+\+(?:json|xml|yaml))/i;

// In the order in which they are preferred, where a client likes several as much.
const preferred = ['br', 'gzip', 'deflate'];

/** What negotiator 1 has, and its types do not know yet. */
interface Chooser {
  encoding(available: readonly string[], options: { preferred: readonly string[] }): string | undefined;
}

/** Whether an answer is one that may be compressed at all. */
export function mayCompress({ status, header, body }: Answer): boolean {
  if (body === undefined || status === 204 || status === 304 || status === 206) return false;
  if (!(body instanceof ByteStream) && body.length < leastBytes) return false;
  if (header['Content-Encoding'] !== undefined || header['Content-Range'] !== undefined) return false;
  if (header['Cache-Control']?.some((value) => /no-transform/i.test(value))) return false;
  return compressible.test(header['Content-Type']?.[0] ?? '');
}

/** The answer in the coding that its client likes best, as far as it may be compressed; `asked` is the header of the request, undefined for HEAD. */
export function compressedFor(
  answer: Answer,
  asked: Readonly<Record<string, readonly string[]>> | undefined,
): Answer | Promise<Answer> {
  const { header } = answer;
  header.Vary = [...(header.Vary ?? []), 'Accept-Encoding'];
  const accept = asked?.['Accept-Encoding'];
  const coding = accept === undefined ? undefined : chooseCoding(accept.join(','));
  return coding === undefined ? answer : compressed(answer, coding);
}

function chooseCoding(accept: string): ContentCoding | undefined {
  const negotiator = new Negotiator({ headers: { 'accept-encoding': accept } }) as unknown as Chooser;
  const chosen = negotiator.encoding([...preferred, 'identity'], { preferred });
  return chosen === 'identity' ? undefined : (chosen as ContentCoding | undefined);
}

async function compressed(answer: Answer, coding: ContentCoding): Promise<Answer> {
  const { body, header } = answer;
  const coded: Record<string, string[]> = { ...header, 'Content-Encoding': [coding] };
  delete coded['Content-Length'];
  // Of the bytes as they were.
  const tag = coded.Etag;
  if (tag !== undefined) coded.Etag = tag.map((one) => (one.startsWith('W/') ? one : `W/${one}`));
  if (body instanceof ByteStream) return { ...answer, header: coded, body: compressedStream(body, coding) };
  const bytes = typeof body === 'string' ? Buffer.from(body) : body!;
  return { ...answer, header: coded, body: await compress(bytes, [coding]) };
}

/** What has come so far leaves at once: a reader may wait for it. */
function compressedStream(body: ByteStream, coding: ContentCoding): ByteStream {
  const packing =
    coding === 'br'
      ? createBrotliCompress({ flush: constants.BROTLI_OPERATION_FLUSH, ...brotliQuality })
      : (coding === 'gzip' ? createGzip : createDeflate)({ flush: constants.Z_SYNC_FLUSH });
  pipeline(Readable.from(body), packing, () => {});
  return new ByteStream(packing, { cancel: (reason) => packing.destroy(reason) });
}
