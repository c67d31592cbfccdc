import type { Process } from '../nodes/process.ts';
import type { Frame } from './frame.ts';
import { shownBytes } from './frame-payload.ts';

export interface FrameTableOptions {
  /** Ended processes whose frames are kept, the newest of them. Default 0. */
  readonly keepEnded: number;
  /** Processes whose frames are kept; while there are as many under way, no others are recorded. Default 1,000. */
  readonly maxProcesses: number;
  /** Frames kept of one process; beyond it its oldest go. Default 1,000. */
  readonly maxFrames: number;
  /** About how many bytes all frames may take; beyond it the oldest go. Default 64 MiB. */
  readonly maxBytes: number;
}

/** A frame in the table, as it is by now. */
export interface KeptFrame {
  frame: Frame;
  readonly owner: ProcessFrames;
  bytes: number;
}

interface ProcessFrames {
  readonly frames: Map<number, KeptFrame>;
}

/** What a frame takes beside payload and reply. */
const frameBytes = 512;

/** The frames of several processes, within bounds. */
export class FrameTable {
  readonly #options: FrameTableOptions;
  readonly #running = new Map<Process, ProcessFrames>();
  readonly #ended = new Set<ProcessFrames>();
  /** Oldest first. */
  readonly #all = new Map<number, KeptFrame>();
  #bytes = 0;
  #missed = 0;

  constructor(options: FrameTableOptions) {
    for (const [name, value] of Object.entries(options)) {
      if (Number.isInteger(value) && value >= 0) continue;
      throw new RangeError(`Cannot record frames with ${name} ${String(value)}: wanted a whole number, 0 or more`);
    }
    this.#options = options;
  }

  /** Frames that were not kept, or had to go while their process was under way. */
  get missed(): number {
    return this.#missed;
  }

  *frames(): IterableIterator<Frame> {
    for (const { frame } of this.#all.values()) yield frame;
  }

  /** Whether a frame of this process can be kept; if not, it counts as missed. */
  takes(process: Process): boolean {
    const { maxProcesses } = this.#options;
    if (this.#running.has(process)) return true;
    // A packet that nobody waited for may outlive its process.
    if (process.status === 'ended') return false;
    if (this.#running.size + this.#ended.size >= maxProcesses) {
      const [oldest] = this.#ended;
      if (oldest !== undefined) this.#forget(oldest);
      else {
        this.#missed += 1;
        return false;
      }
    }
    this.#running.set(process, { frames: new Map() });
    return true;
  }

  /** Adds a frame of a process that `takes` was asked for. */
  add(process: Process, frame: Frame): KeptFrame {
    const owner = this.#running.get(process)!;
    const kept = { frame, owner, bytes: bytesOf(frame) };
    owner.frames.set(frame.id, kept);
    this.#all.set(frame.id, kept);
    this.#bytes += kept.bytes;
    if (owner.frames.size > this.#options.maxFrames) this.#drop(first(owner.frames));
    this.#fit();
    return kept;
  }

  /** The frame has changed; one that had to go stays away. */
  replace(kept: KeptFrame, frame: Frame): void {
    kept.frame = frame;
    if (!this.#all.has(frame.id)) return;
    this.#bytes -= kept.bytes;
    kept.bytes = bytesOf(frame);
    this.#bytes += kept.bytes;
    this.#fit();
  }

  end(process: Process): void {
    const owner = this.#running.get(process);
    if (owner === undefined) return;
    this.#running.delete(process);
    this.#ended.add(owner);
    if (this.#ended.size <= this.#options.keepEnded) return;
    const [oldest] = this.#ended;
    if (oldest !== undefined) this.#forget(oldest);
  }

  clear(): void {
    this.#running.clear();
    this.#ended.clear();
    this.#all.clear();
    this.#bytes = 0;
  }

  #fit(): void {
    while (this.#bytes > this.#options.maxBytes && this.#all.size > 0) this.#drop(first(this.#all));
  }

  #drop(kept: KeptFrame): void {
    this.#missed += 1;
    this.#remove(kept);
  }

  #forget(owner: ProcessFrames): void {
    this.#ended.delete(owner);
    for (const kept of owner.frames.values()) this.#remove(kept);
  }

  #remove({ frame, owner, bytes }: KeptFrame): void {
    owner.frames.delete(frame.id);
    if (this.#all.delete(frame.id)) this.#bytes -= bytes;
  }
}

function bytesOf({ payload, reply }: Frame): number {
  return frameBytes + shownBytes(payload) + shownBytes(reply);
}

function first<T>(map: ReadonlyMap<number, T>): T {
  return map.values().next().value as T;
}
