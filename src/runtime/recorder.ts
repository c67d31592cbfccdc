import { checkOptions } from '../core/options.ts';
import type { Activation } from '../nodes/activation.ts';
import type { Packet } from '../nodes/packet.ts';
import type { Probe } from '../nodes/probe.ts';
import type { Process } from '../nodes/process.ts';
import type { Reply } from '../nodes/reply.ts';
import { type Fed, Feed } from './feed.ts';
import { closedFrame, type Frame, openFrame } from './frame.ts';
import { FrameTable, type FrameTableOptions, type KeptFrame } from './frame-table.ts';
import type { Observable } from './observable.ts';
import { fullOutPort } from './out-port.ts';
import { type ProcessEvent, processEnded, processStarted } from './process-event.ts';
import { select, type Where, whether } from './select.ts';

export interface RecorderOptions extends Partial<FrameTableOptions> {
  /** About how many bytes of a payload, and of a reply, are kept. Default 16 KiB. */
  maxPayloadBytes?: number;
  /** Levels of nesting of a payload that are kept. Default 16. */
  maxDepth?: number;
}

export interface WatchFramesOptions {
  /** A condition over frames: `self.node == "default.greet"`. Default: all. */
  where?: Where<Frame>;
  /** Ends the watch. */
  signal?: AbortSignal;
  /** Frames that may wait for the reader; beyond it the oldest are lost, and counted. Default 1,000. */
  capacity?: number;
}

export interface WatchProcessesOptions extends Omit<WatchFramesOptions, 'where'> {
  /** A condition over events: `self.type == "ended" && has(self.error)`. Default: all. */
  where?: Where<ProcessEvent>;
}

/** Keeps what passes through a graph, packet by packet. */
export interface Recorder extends Disposable {
  /** Frames of processes under way, and of the ended ones that are kept, oldest first. `where` as in `select`. */
  frames(where?: Where<Frame>): Frame[];
  /** Frames that could not be kept so far. */
  readonly missed: number;
  /** Each frame as it opens, and again as it is answered; `missed` counts those before it that the reader was too slow for. */
  watchFrames(options?: WatchFramesOptions): AsyncIterableIterator<Fed<Frame>>;
  /** Each process as it begins, forks included, and again as it ends. */
  watchProcesses(options?: WatchProcessesOptions): AsyncIterableIterator<Fed<ProcessEvent>>;
  /** Stops recording, forgets all frames and ends all watches. */
  close(): void;
}

const names = ['keepEnded', 'maxProcesses', 'maxFrames', 'maxBytes', 'maxPayloadBytes', 'maxDepth'];

/**
 * Records a frame for each packet that arrives at a node and for each that leaves one: where, when, what it held and how it was answered. Secrets are
 * taken out, everything is bounded, and the frames of a process go when it ends, unless `keepEnded` says otherwise. Costs time for every packet.
 */
export function recorder(graph: Observable, options: RecorderOptions = {}): Recorder {
  checkOptions('recorder', options, names);
  return new FrameRecorder(graph, options);
}

class FrameRecorder implements Recorder, Probe {
  readonly #bounds: { readonly maxBytes: number; readonly maxDepth: number };
  readonly #table: FrameTable;
  readonly #arrived = new WeakMap<Activation, KeptFrame>();
  readonly #sent = new WeakMap<Packet, KeptFrame>();
  readonly #feeds = new Set<Feed<Frame>>();
  readonly #processFeeds = new Set<Feed<ProcessEvent>>();
  readonly #stop: () => void;
  #made = 0;

  constructor(
    graph: Observable,
    {
      keepEnded = 0,
      maxProcesses = 1_000,
      maxFrames = 1_000,
      maxBytes = 64 * 1024 * 1024,
      maxPayloadBytes = 16 * 1024,
      maxDepth = 16,
    }: RecorderOptions,
  ) {
    this.#bounds = { maxBytes: maxPayloadBytes, maxDepth };
    this.#table = new FrameTable({ keepEnded, maxProcesses, maxFrames, maxBytes });
    this.#stop = graph.observe(this);
  }

  get missed(): number {
    return this.#table.missed;
  }

  frames(where?: Where<Frame>): Frame[] {
    return select(this.#table.frames(), where);
  }

  watchFrames(options: WatchFramesOptions = {}): AsyncIterableIterator<Fed<Frame>> {
    return watch(this.#feeds, options);
  }

  watchProcesses(options: WatchProcessesOptions = {}): AsyncIterableIterator<Fed<ProcessEvent>> {
    return watch(this.#processFeeds, options);
  }

  close(): void {
    this.#stop();
    this.#table.clear();
    for (const feed of [...this.#feeds, ...this.#processFeeds]) feed.end();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  arrived(at: Activation): void {
    const kept = this.#open(at, at.packet);
    if (kept !== undefined) this.#arrived.set(at, kept);
  }

  replied(at: Activation, reply: Reply): void {
    const kept = this.#arrived.get(at);
    if (kept !== undefined) this.#close(kept, at, reply);
  }

  sending(at: Activation, port: string, packet: Packet): void {
    const kept = this.#open(at, packet, fullOutPort(at, port));
    if (kept !== undefined) this.#sent.set(packet, kept);
  }

  answered(at: Activation, _port: string, packet: Packet, reply: Reply): void {
    const kept = this.#sent.get(packet);
    if (kept !== undefined) this.#close(kept, at, reply);
  }

  started(process: Process): void {
    if (this.#processFeeds.size === 0) return;
    for (const feed of this.#processFeeds) feed.push(processStarted(process));
  }

  ended(process: Process, error: Error | undefined): void {
    this.#table.end(process);
    if (this.#processFeeds.size === 0) return;
    for (const feed of this.#processFeeds) feed.push(processEnded(process, error, this.#bounds));
  }

  #open(at: Activation, packet: Packet, outPort?: string): KeptFrame | undefined {
    if (!this.#table.takes(at.owner)) return undefined;
    const frame = openFrame(++this.#made, { at, packet, ...(outPort !== undefined && { outPort }) }, this.#bounds);
    this.#tell(frame);
    return this.#table.add(at.owner, frame);
  }

  #close(kept: KeptFrame, at: Activation, reply: Reply): void {
    const frame = closedFrame(kept.frame, at, reply, this.#bounds);
    this.#table.replace(kept, frame);
    this.#tell(frame);
  }

  #tell(frame: Frame): void {
    for (const feed of this.#feeds) feed.push(frame);
  }
}

function watch<T>(
  feeds: Set<Feed<T>>,
  { where, signal, capacity = 1_000 }: { where?: Where<T>; signal?: AbortSignal; capacity?: number },
): Feed<T> {
  const wanted = whether(where);
  const feed = new Feed<T>({ capacity, signal, wanted, onEnd: () => feeds.delete(feed) });
  if (!feed.ended) feeds.add(feed);
  return feed;
}
