import { detached } from '../core/current.ts';
import type { Activation } from '../nodes/activation.ts';
import type { Packet } from '../nodes/packet.ts';
import type { Probe } from '../nodes/probe.ts';
import type { Process } from '../nodes/process.ts';
import { type Breakpoint, type BreakpointInit, Breakpoints } from './breakpoint.ts';
import type { DebugEvent, Debugger, DebuggerOptions } from './debugger.ts';
import { type Fed, Feed } from './feed.ts';
import { shownError } from './frame-payload.ts';
import { HeldPackets, type PacketPlace } from './held-packets.ts';
import type { Hold } from './hold.ts';
import type { Observable } from './observable.ts';
import { fullOutPort } from './out-port.ts';
import { SendOrder } from './send-order.ts';

const bounds = { maxBytes: 16 * 1024, maxDepth: 16 };
const maxEvents = 10_000;
const debuggers = new WeakMap<Observable, Set<Debugger>>();

/** The debuggers at work on a graph. */
export function debuggersOf(graph: Observable): Set<Debugger> {
  let known = debuggers.get(graph);
  if (known === undefined) debuggers.set(graph, (known = new Set()));
  return known;
}

/** Looks at each packet of a graph, and holds those that breakpoints, steps and pauses mean. */
export class GraphDebugger implements Debugger, Probe {
  readonly #options: DebuggerOptions;
  readonly #breakpoints: Breakpoints;
  readonly #held: HeldPackets;
  readonly #order = new SendOrder();
  readonly #stepped = new Set<Process>();
  readonly #feeds = new Set<Feed<DebugEvent>>();
  readonly #stop: () => void;
  readonly #onAbort = (): void => this.close();
  /** The process whose next packet is held; empty: that of any. */
  #pausing: string | undefined;
  #closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(graph: Observable, options: DebuggerOptions) {
    const { signal, maxHeld = 1_000, maxBreakpoints = 100 } = options;
    this.#options = options;
    this.#breakpoints = new Breakpoints(maxBreakpoints);
    this.#held = new HeldPackets({
      max: maxHeld,
      bounds,
      onHeld: (hold) => this.#tell({ type: 'held', hold }),
      onReleased: (hold, reason) => this.#tell({ type: 'released', hold, reason }),
    });
    const unobserve = graph.observe(this);
    debuggersOf(graph).add(this);
    this.#stop = () => {
      unobserve();
      debuggersOf(graph).delete(this);
    };
    this.heartbeat();
    if (signal?.aborted) this.close();
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get breakpoints(): readonly Breakpoint[] {
    return [...this.#breakpoints];
  }

  get holds(): readonly Hold[] {
    return this.#held.holds;
  }

  get missed(): number {
    return this.#held.missed;
  }

  get closed(): boolean {
    return this.#closed;
  }

  add(init: BreakpointInit): Breakpoint {
    if (this.#closed) throw new TypeError('Cannot set a breakpoint: the debugger is closed');
    this.heartbeat();
    return this.#breakpoints.add(init);
  }

  remove(id?: number): number {
    const removed = this.#breakpoints.remove(id);
    this.#held.releaseOf(removed);
    this.heartbeat();
    return removed.length;
  }

  continue(id?: number): number {
    const wanted = id === undefined ? this.holds.map((hold) => hold.id) : [id];
    this.heartbeat();
    return wanted.filter((one) => this.#held.release(one, 'continued')).length;
  }

  step(id?: number): boolean {
    const held = this.#held.get(id);
    this.heartbeat();
    if (held === undefined) return false;
    this.#stepped.add(held.at.owner);
    return this.#held.release(held.hold.id, 'stepped');
  }

  pause(process = ''): void {
    if (!this.#closed) this.#pausing = process;
    this.heartbeat();
  }

  heartbeat(): void {
    const { heartbeatMs } = this.#options;
    if (heartbeatMs === undefined || this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = detached(() => setTimeout(() => this.close(), heartbeatMs));
    this.#timer.unref();
  }

  events(): AsyncIterableIterator<Fed<DebugEvent>> {
    const feed = new Feed<DebugEvent>({ capacity: maxEvents, onEnd: () => this.#feeds.delete(feed) });
    if (this.#closed) feed.end();
    else this.#feeds.add(feed);
    return feed;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#stop();
    this.#breakpoints.remove();
    this.#stepped.clear();
    this.#pausing = undefined;
    for (const { id } of this.holds) this.#held.release(id, 'closed');
    for (const feed of [...this.#feeds]) feed.end();
    this.#options.onClose?.();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  arrived(at: Activation): void | Promise<void> {
    return this.#idle ? undefined : this.#look({ at, packet: at.packet });
  }

  sending(at: Activation, port: string, packet: Packet): void | Promise<void> {
    const before = this.#order.before(at, port);
    if (before === undefined && this.#idle) return undefined;
    const look = (): void | Promise<void> => this.#look({ at, packet, outPort: fullOutPort(at, port) });
    const held = before === undefined ? look() : before.then(look);
    if (held !== undefined) this.#order.follow(at, port, held);
    return held;
  }

  replied(): void {}

  answered(): void {}

  started(): void {}

  ended(process: Process, error: Error | undefined): void {
    this.#held.releaseIn(process);
    const stepped = this.#stepped.delete(process);
    const paused = (this.#pausing ?? '') !== '' && this.#pausing === process.id;
    if (paused) this.#pausing = undefined;
    if (!stepped && !paused) return;
    const shown = error && { error: shownError(error, process.entry.host.secrets, bounds) };
    this.#tell({ type: 'ended', process: process.id, ...shown });
  }

  /** Whether nothing could be held, so that packets need not be looked at. */
  get #idle(): boolean {
    return this.#breakpoints.size === 0 && this.#stepped.size === 0 && this.#pausing === undefined;
  }

  #look(place: PacketPlace): void | Promise<void> {
    if (this.#closed || place.at.call.cancellation.reason !== undefined) return undefined;
    const why = this.#reason(place);
    const held = why === undefined ? undefined : this.#held.hold(place, why);
    if (held === undefined || why === undefined) return undefined;
    const { owner } = place.at;
    this.#stepped.delete(owner);
    if (why.breakpoint !== undefined) this.#breakpoints.hit(why.breakpoint);
    else if (why.reason === 'pause') this.#pausing = undefined;
    return held;
  }

  #reason({ at, outPort }: PacketPlace): Pick<Hold, 'reason' | 'breakpoint'> | undefined {
    const breakpoint = this.#breakpoints.meant(at, outPort);
    if (breakpoint !== undefined) return { reason: 'breakpoint', breakpoint: breakpoint.id };
    if (this.#stepped.has(at.owner)) return { reason: 'step' };
    if (this.#pausing === '' || this.#pausing === at.owner.id) return { reason: 'pause' };
    return undefined;
  }

  #tell(event: DebugEvent): void {
    this.#options.onEvent?.(event);
    for (const feed of this.#feeds) feed.push(event);
  }
}
