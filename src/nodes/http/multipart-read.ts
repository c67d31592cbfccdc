import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { parseContentType } from './content-type.ts';
import { maxFields } from './form.ts';

/** A file of a `multipart/form-data` body. */
export interface FormFile {
  filename: string;
  header: Record<string, string[]>;
  /** Bytes that it came in. */
  size: number;
  /** The value that the bytes stand for by the file's own content type. */
  data: unknown;
}

/** A `multipart/form-data` body: every value and every file of every name, in order. */
export interface MultipartForm {
  values: Record<string, string[]>;
  files: Record<string, FormFile[]>;
}

export interface MultipartOptions {
  maxBytes: number;
  /** The value of a file. */
  read(bytes: Uint8Array, contentType: string): unknown;
}

const maxFiles = 100;

/** Reads a `multipart/form-data` body. Rejects with INVALID_ARGUMENT for a malformed one, with RESOURCE_EXHAUSTED for too many parts. */
export async function readMultipart(
  bytes: Uint8Array,
  contentType: string,
  { maxBytes, read }: MultipartOptions,
): Promise<MultipartForm> {
  const { Busboy } = await import('@fastify/busboy');
  const values = new Map<string, string[]>();
  const files = new Map<string, FormFile[]>();
  return await new Promise((resolve, reject) => {
    const malformed = (cause: unknown): void =>
      reject(new StatusError(Code.INVALID_ARGUMENT, 'Cannot read the body: it is not multipart/form-data', { cause }));
    const tooMany = (): void =>
      reject(
        new StatusError(
          Code.RESOURCE_EXHAUSTED,
          `Cannot read the body: it has more than ${maxFields} values or ${maxFiles} files`,
        ),
      );
    let parser: InstanceType<typeof Busboy>;
    try {
      parser = new Busboy({
        headers: { 'content-type': contentType },
        preservePath: false,
        limits: limitsOf(maxBytes),
      });
    } catch (cause) {
      malformed(cause);
      return;
    }
    let begun = 0;
    parser.on('field', (name: string | undefined, value, nameCut, valueCut) => {
      begun += 1;
      if (name === undefined || nameCut || valueCut) malformed(undefined);
      else add(values, name, value);
    });
    parser.on('file', (name: string | undefined, stream, filename, _encoding, type) => {
      begun += 1;
      if (name === undefined) malformed(undefined);
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', malformed);
      stream.on('end', () => {
        const content = Buffer.concat(chunks);
        try {
          const header = { 'Content-Type': [type] };
          add(files, name ?? '', { filename, header, size: content.length, data: read(content, type) });
        } catch (thrown) {
          reject(thrown);
        }
      });
    });
    for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) parser.on(limit, tooMany);
    parser.on('error', malformed);
    parser.on('finish', () => {
      // Parts that the library does not understand it leaves out without a word.
      if (begun < partsIn(bytes, contentType)) malformed(undefined);
      else resolve({ values: Object.fromEntries(values), files: Object.fromEntries(files) });
    });
    parser.end(bytes);
  });
}

/** How many parts begin in a body. */
function partsIn(bytes: Uint8Array, contentType: string): number {
  const start = `--${parseContentType(contentType).boundary ?? ''}\r\n`;
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let count = body.indexOf(start, 0, 'latin1') === 0 ? 1 : 0;
  for (
    let at = body.indexOf(`\r\n${start}`, 0, 'latin1');
    at !== -1;
    at = body.indexOf(`\r\n${start}`, at + 2, 'latin1')
  )
    count += 1;
  return count;
}

function limitsOf(maxBytes: number) {
  return {
    fieldNameSize: 1_000,
    fieldSize: maxBytes,
    fileSize: maxBytes + 1,
    fields: maxFields,
    files: maxFiles,
    parts: maxFields + maxFiles,
    headerPairs: 100,
    headerSize: 16_384,
  };
}

function add<T>(all: Map<string, T[]>, name: string, item: T): void {
  const items = all.get(name);
  if (items === undefined) all.set(name, [item]);
  else items.push(item);
}
