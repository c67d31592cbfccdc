import { setTimeout as sleep } from 'node:timers/promises';
import type { Activation } from '../nodes/activation.ts';
import { matchPort } from '../nodes/names.ts';
import type { NodeInfo } from '../nodes/node-context.ts';
import type { Packet } from '../nodes/packet.ts';
import type { Probe } from '../nodes/probe.ts';
import type { Process } from '../nodes/process.ts';

/** A packet that passed a port, as it was. */
export interface TapedPacket {
  readonly node: NodeInfo;
  /** In-port or out-port, by its full name. */
  readonly port: string;
  readonly payload: unknown;
}

/** Which packets to look for. */
export interface TapeQuery {
  readonly node: (info: NodeInfo) => boolean;
  readonly port: string;
}

const maxPackets = 10_000;

/** Remembers the packets of each process, its forks included, until it ends: what assertions look at. */
export class PacketTape implements Probe {
  readonly #packets = new Map<string, TapedPacket[]>();

  arrived(at: Activation): void {
    this.#add(at, at.port, at.packet.payload);
  }

  sending(at: Activation, port: string, packet: Packet): void {
    this.#add(at, port, packet.payload);
  }

  replied(): void {}

  answered(): void {}

  started(process: Process): void {
    if (process.parent === undefined) this.#packets.set(process.id, []);
  }

  ended(process: Process): void {
    if (process.parent === undefined) this.#packets.delete(process.id);
  }

  /**
   * The first packet at or after `from` that passed a port in a process, with its place on the tape. Waits for one until `timeoutMs` have passed;
   * undefined when none came.
   */
  async find(
    process: string,
    query: TapeQuery,
    { from, timeoutMs, signal }: { from: number; timeoutMs: number; signal: AbortSignal },
  ): Promise<{ packet: TapedPacket; index: number } | undefined> {
    const until = Date.now() + timeoutMs;
    for (let start = from; ; ) {
      const packets = this.#packets.get(process) ?? [];
      for (let index = start; index < packets.length; index++) {
        const packet = packets[index]!;
        if (packet.port === query.port && query.node(packet.node)) return { packet, index };
      }
      start = Math.max(start, packets.length);
      if (Date.now() >= until) return undefined;
      await sleep(5, undefined, { signal });
    }
  }

  #add({ node, owner }: Activation, port: string, payload: unknown): void {
    let root = owner;
    while (root.parent !== undefined) root = root.parent;
    const packets = this.#packets.get(root.id);
    if (packets === undefined || packets.length >= maxPackets) return;
    packets.push({ node, port: matchPort(node.inputs, port) ?? matchPort(node.outputs, port) ?? port, payload });
  }
}
