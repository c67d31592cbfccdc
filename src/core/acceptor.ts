import type { CallInit, CallNode } from './call.ts';
import type { Invoke } from './context.ts';
import type { Method } from './method.ts';
import { checkNotNegative, checkOptions } from './options.ts';
import type { Status } from './status.ts';

/** A path as a server knows it: its method, and the folded chain that ends in its handler. */
export interface Route {
  readonly method: Method;
  readonly invoke: Invoke;
  readonly limits: Limits;
}

/** Bounds that a transport enforces for a route. */
export interface Limits {
  /** Largest request message, bytes. */
  readonly maxReceiveBytes: number;
  /** Largest response message, bytes. */
  readonly maxSendBytes: number;
  /** Pairs of metadata in one header or trailer. */
  readonly maxMetadataPairs: number;
  /** Bytes of one header or trailer, as `Metadata.byteLength` counts. */
  readonly maxMetadataBytes: number;
  /** The longest status message sent, in UTF-8 bytes. */
  readonly maxStatusBytes: number;
}

export const defaultLimits: Limits = {
  maxReceiveBytes: 1024 * 1024,
  maxSendBytes: Number.POSITIVE_INFINITY,
  maxMetadataPairs: 64,
  maxMetadataBytes: 8 * 1024,
  maxStatusBytes: 1024,
};

/** The defaults with others over them, the last the strongest; undefined changes nothing. */
export function mergeLimits(...layers: readonly (Partial<Limits> | undefined)[]): Limits {
  const merged: { -readonly [N in keyof Limits]: number } = { ...defaultLimits };
  for (const layer of layers)
    for (const [name, value] of Object.entries(layer ?? {}))
      if (value !== undefined) merged[name as keyof Limits] = value;
  return merged;
}

/** Refuses limits that are unknown or no numbers from 0 to Infinity. */
export function checkLimits(where: string, limits: Partial<Limits> = {}): void {
  checkOptions(where, limits, Object.keys(defaultLimits));
  for (const [name, value] of Object.entries(limits)) checkNotNegative(name, value);
}

/** What a transport knows of a call when its headers arrived. */
export interface Incoming extends Omit<CallInit, 'method' | 'side' | 'cancellation' | 'report' | 'lateCall'> {
  /** Absolute, epoch milliseconds, as the caller asked; `Infinity` without. */
  deadline: number;
}

export interface Accepted {
  /** For the transport: `cancel` it when the caller goes away. */
  readonly call: CallNode;
  /** Settles when the status is decided, within the limits of its route; never rejects. Send it, then call `sent()`. */
  readonly status: Promise<Status>;
  /** The status is with the caller, or can't reach it any more. */
  sent(status: Status): void;
}

/** What a server offers to the transports that bring it calls. */
export interface Acceptor {
  /** Never undefined: a path that nobody registered has a route whose method is not `known`. */
  route(path: string): Route;
  accept(route: Route, incoming: Incoming): Accepted;
}
