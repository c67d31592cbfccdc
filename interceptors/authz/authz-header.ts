import type { ReadonlyMetadata } from 'flowrpc';

const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
const ofTheProtocol = ['accept-encoding', 'content-encoding', 'content-length', 'content-type', 'date'];

/** Why no rule can speak of a header (gRFC A43), or would wait for it in vain; undefined when one can. */
export function headerProblem(key: string): string | undefined {
  const name = key.toLowerCase();
  if (name.startsWith(':')) return 'it is a pseudo header of HTTP/2';
  if (name.startsWith('grpc-') || ofTheProtocol.includes(name)) return 'it belongs to the protocol';
  if (hopByHop.includes(name)) return 'it is a hop-by-hop header';
  if (name === 'host') return 'it is Host';
  if (name.endsWith('-bin')) return 'it holds bytes';
  return /^[0-9a-z_.-]+$/.test(name) ? undefined : 'it is no name of a header';
}

/** Several values of a header are one with commas between (gRFC A43); undefined when it is not there. */
export function headerValue(metadata: ReadonlyMetadata, name: string): string | undefined {
  const values = metadata.getAll(name);
  return values.length <= 1 ? (values[0] as string | undefined) : values.join(',');
}
