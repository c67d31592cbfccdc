import { ResetAllowance } from './reset-allowance.ts';

/** A connection of grpc-js. */
export interface WireTransport {
  /** What it does when the peer says GOAWAY: calls under way go on, the next one connects anew. */
  reportDisconnectToOwner?(tooManyPings: boolean): void;
}

const allowances = new WeakMap<WireTransport, ResetAllowance>();
/** Subchannels that are about to lose their connection because it was left. */
const leaving = new WeakSet<object>();

/** Counts a stream that was reset on a connection, which is left before its server ends it for too many. */
export function noteReset(subchannel: object, transport: WireTransport): void {
  let allowance = allowances.get(transport);
  if (allowance === undefined) allowances.set(transport, (allowance = new ResetAllowance()));
  if (!allowance.take()) return;
  // Not in the middle of what grpc-js does to end the call.
  process.nextTick(() => {
    leaving.add(subchannel);
    try {
      transport.reportDisconnectToOwner?.(false);
    } finally {
      leaving.delete(subchannel);
    }
  });
}

/** Whether the connection that a subchannel loses at this moment was left, rather than lost. */
export function wasLeft(subchannel: object): boolean {
  return leaving.has(subchannel);
}
