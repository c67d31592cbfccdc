import type { Activation } from './activation.ts';
import type { NodeInfo } from './node-context.ts';
import type { Packet } from './packet.ts';
import type { Probe } from './probe.ts';
import type { Process } from './process.ts';
import type { Reply } from './reply.ts';

/** A port of a node as one process uses it. */
export interface ProcessPort {
  readonly node: NodeInfo;
  /** `in`, `out[0]` */
  readonly port: string;
  readonly direction: 'in' | 'out';
  /** Id of the process. */
  readonly process: string;
}

/** Told of ports and packets as they go. What a hook throws is logged, and changes nothing. */
export interface PortHook {
  /** The first packet of a process comes to an in-port, or leaves by an out-port that is linked. Once for each process and port. */
  opened?(port: ProcessPort): void;
  /** That process has ended, its exit hooks included. Last opened first. */
  closed?(port: ProcessPort, error?: Error): void;
  /** A packet comes to an in-port, or leaves by an out-port. */
  packet?(packet: Packet, port: ProcessPort): void;
  /** Its reply goes back through that port. */
  reply?(reply: Reply, packet: Packet, port: ProcessPort): void;
}

/** The probe that tells hooks of ports and packets; undefined when none wants to know. */
export function portProbe(hooks: readonly PortHook[]): Probe | undefined {
  const told = hooks.filter(({ opened, closed, packet, reply }) => opened ?? closed ?? packet ?? reply);
  return told.length === 0 ? undefined : new PortProbe(told);
}

/** The ports of one process, by node and then by direction and name. */
type OpenPorts = Map<object, Map<string, ProcessPort>>;

class PortProbe implements Probe {
  readonly #hooks: readonly PortHook[];
  readonly #open = new WeakMap<Process, OpenPorts>();

  constructor(hooks: readonly PortHook[]) {
    this.#hooks = hooks;
  }

  arrived(at: Activation): void {
    this.#packet(at, 'in', at.port, at.packet);
  }

  replied(at: Activation, reply: Reply): void {
    this.#reply(at, 'in', at.port, at.packet, reply);
  }

  sending(at: Activation, port: string, packet: Packet): void {
    this.#packet(at, 'out', port, packet);
  }

  answered(at: Activation, port: string, packet: Packet, reply: Reply): void {
    this.#reply(at, 'out', port, packet, reply);
  }

  started(): void {}

  ended(process: Process, error: Error | undefined): void {
    const open = this.#open.get(process);
    if (open === undefined) return;
    this.#open.delete(process);
    const ports = [...open.values()].flatMap((byName) => [...byName.values()]);
    for (const port of ports.reverse()) this.#tell(process, (hook) => hook.closed?.(port, error));
  }

  #packet(at: Activation, direction: 'in' | 'out', name: string, packet: Packet): void {
    const port = this.#port(at, direction, name);
    this.#tell(at.owner, (hook) => hook.packet?.(packet, port));
  }

  #reply(at: Activation, direction: 'in' | 'out', name: string, packet: Packet, reply: Reply): void {
    // Some come after the end of their process: nobody waits for those.
    const port = this.#open.get(at.owner)?.get(at.runtime)?.get(`${direction} ${name}`);
    if (port !== undefined) this.#tell(at.owner, (hook) => hook.reply?.(reply, packet, port));
  }

  #port(at: Activation, direction: 'in' | 'out', name: string): ProcessPort {
    let open = this.#open.get(at.owner);
    if (open === undefined) this.#open.set(at.owner, (open = new Map()));
    let byName = open.get(at.runtime);
    if (byName === undefined) open.set(at.runtime, (byName = new Map()));
    const key = `${direction} ${name}`;
    const known = byName.get(key);
    if (known !== undefined) return known;
    const port = { node: at.node, port: name, direction, process: at.owner.id };
    byName.set(key, port);
    this.#tell(at.owner, (hook) => hook.opened?.(port));
    return port;
  }

  #tell(process: Process, tell: (hook: PortHook) => void): void {
    for (const hook of this.#hooks) {
      try {
        tell(hook);
      } catch (error) {
        process.entry.log.error('port hook failed', { process: process.id, error });
      }
    }
  }
}
