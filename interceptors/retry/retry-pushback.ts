import { findDetail, RetryInfo, type Status } from 'flowrpc';

/** When the server wants the next attempt, in milliseconds; `stop` when it wants none or cannot be understood (gRFC A6). */
export function pushbackOf({ trailer }: Status): number | 'stop' | undefined {
  const value = trailer.get('grpc-retry-pushback-ms');
  if (value === undefined) return undefined;
  return /^\d{1,9}$/.test(value) ? Number(value) : 'stop';
}

/** How long the server asks everybody to wait at least, in milliseconds: `google.rpc.RetryInfo`. 0 when it does not. */
export function retryInfoMs(status: Status): number {
  if (status.details.length === 0) return 0;
  const { seconds = 0n, nanos = 0 } = findDetail(status, RetryInfo)?.retryDelay ?? {};
  return Math.max(0, Number(seconds) * 1_000 + nanos / 1_000_000);
}
