import type { ServerTls } from '../transport/grpc/index.ts';
import { UsageError } from './exit.ts';

export interface ServerTlsOptions {
  tlsCert?: string;
  tlsKey?: string;
  tlsCa?: string;
}

/** Credentials for `listen`; undefined is plaintext. With an authority, clients must prove who they are. */
export function serverTls({ tlsCert, tlsKey, tlsCa }: ServerTlsOptions): ServerTls | undefined {
  if (tlsCert === undefined && tlsKey === undefined && tlsCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined)
    throw new UsageError('Cannot serve TLS: wanted both --tls-cert and --tls-key');
  const client = tlsCa === undefined ? {} : ({ caFile: tlsCa, clientCertificate: 'require' } as const);
  return { certFile: tlsCert, keyFile: tlsKey, ...client };
}
