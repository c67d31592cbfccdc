import type { Activation } from '../nodes/activation.ts';
import { measure } from '../nodes/measure.ts';
import type { Packet } from '../nodes/packet.ts';
import { none, type Reply } from '../nodes/reply.ts';
import { type PayloadBounds, shownError, shownPayload } from './frame-payload.ts';

/** One packet at one port of a node, as people are shown it: payload and reply without secrets and cut to size. Plain JSON. */
export interface Frame {
  /** Counts up from 1. */
  readonly id: number;
  /** Id of the process. */
  readonly process: string;
  /** Service of the node: `default.greet`. */
  readonly node: string;
  /** The in-port it came by, or that the packet came by for which it was sent; left out for a source. */
  readonly inPort?: string;
  /** The out-port it left by; left out for a packet that arrived. */
  readonly outPort?: string;
  /** Id of the packet. */
  readonly packet: string;
  /** Id of the packet that it was made from. */
  readonly source?: string;
  readonly payload: unknown;
  /** Of the whole payload, as budgets count it. */
  readonly bytes: number;
  /** When it arrived or was sent; epoch milliseconds. */
  readonly at: number;
  /** When its reply was there. */
  readonly endedAt?: number;
  /** `none`: nobody answered. */
  readonly state: 'open' | 'replied' | 'none' | 'failed';
  readonly reply?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

/** The frame of a packet that arrives at a node; with `outPort`, of one that leaves it. */
export function openFrame(
  id: number,
  { at, packet, outPort }: { at: Activation; packet: Packet; outPort?: string },
  bounds: PayloadBounds,
): Frame {
  const { secrets } = at.runtime.host;
  return {
    id,
    process: at.owner.id,
    node: at.node.service,
    ...(at.port !== '' && { inPort: at.port }),
    ...(outPort !== undefined && { outPort }),
    packet: packet.id,
    ...(packet.parent !== undefined && { source: packet.parent.id }),
    payload: shownPayload(packet.payload, secrets, bounds),
    bytes: bytesOf(packet),
    at: Date.now(),
    state: 'open',
  };
}

/** The same frame once its reply is known. */
export function closedFrame(frame: Frame, at: Activation, reply: Reply, bounds: PayloadBounds): Frame {
  const { secrets } = at.runtime.host;
  const endedAt = Date.now();
  if (reply === none) return { ...frame, endedAt, state: 'none' };
  if (reply instanceof Error) return { ...frame, endedAt, state: 'failed', error: shownError(reply, secrets, bounds) };
  return { ...frame, endedAt, state: 'replied', reply: shownPayload(reply, secrets, bounds) };
}

function bytesOf(packet: Packet): number {
  try {
    return packet.bytes ?? measure(packet.payload);
  } catch {
    // No value: whoever sends it on is told.
    return 0;
  }
}
