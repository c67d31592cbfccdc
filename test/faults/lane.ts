import type { Socket } from 'node:net';
import type { Suffering } from './link.ts';

const maxHeldBytes = 256 * 1024;
/** A reset that comes before what was sent is read takes it away, or is taken for an end. */
const readMs = 10;

interface Held {
  readonly at: number;
  /** Undefined for the end. */
  readonly chunk: Buffer | undefined;
}

/** One direction of a connection: passes chunks on in order, as late as it is told to. */
export class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #random: () => number;
  readonly #cut: () => void;
  #suffering: Suffering = {};
  readonly #held: Held[] = [];
  #heldBytes = 0;
  /** When the chunk before leaves. */
  #last = 0;
  #passed = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, random: () => number, cut: () => void = () => {}) {
    this.#from = from;
    this.#to = to;
    this.#random = random;
    this.#cut = cut;
    from.on('data', (chunk: Buffer) => this.#take(chunk));
    from.on('end', () => this.#take(undefined));
    to.on('drain', () => this.#flow());
  }

  suffer(suffering: Suffering): void {
    this.#suffering = suffering;
    this.#pass();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#held.length = 0;
  }

  #take(chunk: Buffer | undefined): void {
    if (this.#suffering.drop === true) return;
    this.#held.push({ at: this.#when(chunk?.length ?? 0), chunk });
    this.#heldBytes += chunk?.length ?? 0;
    this.#pass();
  }

  #when(bytes: number): number {
    const { delayMs = 0, jitterMs = 0, stall, bytesPerSecond } = this.#suffering;
    const late = delayMs + jitterMs * (2 * this.#random() - 1);
    const stalled = stall !== undefined && this.#random() < stall.share ? stall.ms : 0;
    const sendingMs = bytesPerSecond === undefined ? 0 : (bytes / bytesPerSecond) * 1_000;
    const at = Math.max(performance.now() + Math.max(0, late) + stalled, this.#last) + sendingMs;
    this.#last = at;
    return at;
  }

  #pass(): void {
    clearTimeout(this.#timer);
    if (this.#suffering.freeze === true) {
      this.#from.pause();
      return;
    }
    const now = performance.now();
    for (let next = this.#held[0]; next !== undefined && next.at <= now; next = this.#held[0]) {
      this.#held.shift();
      this.#heldBytes -= next.chunk?.length ?? 0;
      if (!this.#send(next.chunk)) return;
    }
    const next = this.#held[0];
    if (next !== undefined) this.#timer = setTimeout(() => this.#pass(), next.at - now);
    this.#flow();
  }

  /** False when that was the last. */
  #send(chunk: Buffer | undefined): boolean {
    if (this.#to.destroyed) return false;
    if (chunk === undefined) {
      this.#to.end();
      return false;
    }
    const { cutAfterBytes = Number.POSITIVE_INFINITY } = this.#suffering;
    const left = cutAfterBytes - this.#passed;
    this.#passed += chunk.length;
    if (chunk.length < left) {
      this.#to.write(chunk);
      return true;
    }
    this.#to.write(chunk.subarray(0, left), () => setTimeout(this.#cut, readMs));
    return false;
  }

  #flow(): void {
    const full = this.#heldBytes > maxHeldBytes || this.#to.writableNeedDrain;
    if (full || this.#suffering.freeze === true) this.#from.pause();
    else this.#from.resume();
  }
}
