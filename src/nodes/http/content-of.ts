import { compress, parseContentEncoding } from './content-coding.ts';
import { encodeBody } from './encode-body.ts';

/** The bytes of a value under a header, in the codings that it names; its Content-Type is added there. Undefined when there is no body. */
export async function contentOf(body: unknown, header: Record<string, string[]>): Promise<Uint8Array | undefined> {
  const { bytes, contentType } = encodeBody(body, header);
  if (contentType === undefined) return undefined;
  header['Content-Type'] = [contentType];
  return await compress(bytes, parseContentEncoding(header['Content-Encoding']));
}
