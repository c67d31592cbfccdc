import type { IncomingMessage } from 'node:http';
import { parseTimeout } from '../../core/deadline.ts';
import { Metadata, type ReadonlyMetadata } from '../../core/metadata.ts';
import { refused } from './field-path.ts';

/** Headers that become metadata without being named. */
export const standardHeaders: readonly string[] = [
  'authorization',
  'x-request-id',
  'traceparent',
  'tracestate',
  'baggage',
];

/** The metadata that the listed headers of a request make; `-bin` ones are base64. */
export function metadataOf({ headersDistinct }: IncomingMessage, names: readonly string[]): Metadata {
  const metadata = new Metadata();
  for (const name of names) {
    for (const value of headersDistinct[name] ?? []) {
      try {
        if (name.endsWith('-bin')) metadata.append(name, Buffer.from(value, 'base64') as never);
        else metadata.append(name, value);
      } catch {
        throw refused(`header "${name}" has a value that cannot travel: wanted printable ASCII`);
      }
    }
  }
  return metadata;
}

/** The listed keys of what a call came back with, as headers. */
export function headersOf(names: readonly string[], ...carried: readonly ReadonlyMetadata[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of names) {
    const values = carried.flatMap((metadata) => metadata.getAll(name)) as readonly (string | Uint8Array)[];
    const texts = values.map((value) => (typeof value === 'string' ? value : Buffer.from(value).toString('base64')));
    if (texts.length > 0) headers[name] = texts.join(', ');
  }
  return headers;
}

/** Milliseconds that the caller gives the call, by `grpc-timeout`. */
export function timeoutOf({ headers }: IncomingMessage): number | undefined {
  const text = headers['grpc-timeout'];
  if (text === undefined) return undefined;
  const timeoutMs = parseTimeout(String(text));
  if (timeoutMs !== undefined) return timeoutMs;
  throw refused(
    `header "grpc-timeout" is "${String(text).slice(0, 32)}": wanted one to eight digits and a unit of H, M, S, m, u or n`,
  );
}
