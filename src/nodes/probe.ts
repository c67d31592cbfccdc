import type { Activation } from './activation.ts';
import type { Packet } from './packet.ts';
import type { Process } from './process.ts';
import type { Reply } from './reply.ts';

/** Looks at the packets of a graph as they go, and may hold them. Must not throw. */
export interface Probe {
  /** A packet is about to be handled at an in-port. A promise holds it there. */
  arrived(at: Activation): void | Promise<void>;
  /** Its reply is known; the sender does not see it yet. */
  replied(at: Activation, reply: Reply): void;
  /** A packet leaves by an out-port; no edge has carried it yet. A promise holds it. */
  sending(at: Activation, port: string, packet: Packet): void | Promise<void>;
  /** The merged reply of what left. */
  answered(at: Activation, port: string, packet: Packet, reply: Reply): void;
  started(process: Process): void;
  ended(process: Process, error: Error | undefined): void;
}
