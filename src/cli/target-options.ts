import { type Channel, type ConnectOptions, connect } from '../client/connect.ts';
import type { Interceptor } from '../core/context.ts';
import type { ReadonlyMetadata } from '../core/metadata.ts';
import { asUsage, UsageError } from './exit.ts';
import { type HeaderOptions, readHeaders } from './headers.ts';

/** How a command reaches its server; every command with a HOST takes these. */
export interface TargetOptions extends HeaderOptions {
  tls?: boolean;
  ca?: string;
  cert?: string;
  key?: string;
  serverName?: string;
  authority?: string;
  /** Send `authorization` without TLS to another machine. */
  allowInsecureCredentials?: boolean;
  /** Milliseconds. */
  timeout?: number;
  json?: boolean;
}

/** A channel to the server that the command line names; its headers go with every call, those to reflection too. */
export async function openChannel(host: string, options: TargetOptions): Promise<Channel> {
  return channelWith(await readHeaders(options), host, options);
}

/** The same for headers that were read already. */
export function channelWith(headers: ReadonlyMetadata, host: string, options: TargetOptions): Channel {
  const withHeaders: Interceptor = (call, next) => next(call.withMetadata((copy) => copy.merge(headers)));
  const connectOptions: ConnectOptions = {
    tls: tlsOf(options),
    authority: options.authority,
    allowInsecureCredentials: options.allowInsecureCredentials,
    interceptors: headers.size === 0 ? [] : [withHeaders],
    // What a person asked to see may be large.
    maxReceiveBytes: 64 * 1024 * 1024,
    maxSendBytes: 64 * 1024 * 1024,
    trace: false,
  };
  return asUsage(() => connect(host, connectOptions));
}

function tlsOf({ tls, ca, cert, key, serverName }: TargetOptions): ConnectOptions['tls'] {
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError('Cannot use --cert without --key, or --key without --cert');
  if (ca === undefined && cert === undefined && serverName === undefined) return tls ?? false;
  return { caFile: ca, certFile: cert, keyFile: key, serverName };
}
