import type { Route } from '../../core/acceptor.ts';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import type { ReceiveBudget } from './receive-budget.ts';

/** Takes the messages that were cut out of a byte stream. */
export interface FrameTaker {
  take(bytes: Uint8Array, compressed: boolean): void;
}

const prefixBytes = 5;
/** Chunks of one message after which their mean size must be sane. */
const manyChunks = 1_024;
const saneChunkBytes = 16;

/**
 * Cuts a byte stream into messages, however it was split on the way. Pieces are copied together as they come, so what is
 * kept is never more than the message, not one object for each DATA frame.
 */
export class FrameReader {
  readonly #route: Route;
  readonly #budget: ReceiveBudget;
  readonly #taker: FrameTaker;
  #prefix: Buffer | undefined;
  #prefixFilled = 0;
  #body: Buffer | undefined;
  #length = 0;
  #filled = 0;
  #chunks = 0;

  constructor(route: Route, budget: ReceiveBudget, taker: FrameTaker) {
    this.#route = route;
    this.#budget = budget;
    this.#taker = taker;
  }

  /** True in the middle of a message: the end of the stream would be too early. */
  get partial(): boolean {
    return this.#prefixFilled > 0;
  }

  /** Hands on each message that the chunk completes. Throws a StatusError when the stream breaks a rule. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#prefixFilled < prefixBytes) {
        // The common case: the whole message in one chunk, handed on without a copy.
        if (this.#prefixFilled === 0 && chunk.length - at >= prefixBytes) {
          const length = this.#checked(chunk.readUInt8(at), chunk.readUInt32BE(at + 1));
          const end = at + prefixBytes + length;
          if (end <= chunk.length) {
            this.#taker.take(chunk.subarray(at + prefixBytes, end), chunk[at] === 1);
            at = end;
            continue;
          }
        }
        at = this.#readPrefix(chunk, at);
        if (this.#prefixFilled === prefixBytes && this.#length === 0) this.#finish();
        continue;
      }
      at = this.#readBody(chunk, at);
      if (this.#filled === this.#length) this.#finish();
    }
  }

  /** Gives back what an unfinished message holds. */
  close(): void {
    this.#budget.give(this.#body?.length ?? 0);
    this.#body = undefined;
    this.#prefixFilled = 0;
  }

  #readPrefix(chunk: Buffer, at: number): number {
    const taken = Math.min(prefixBytes - this.#prefixFilled, chunk.length - at);
    this.#prefix ??= Buffer.allocUnsafe(prefixBytes);
    chunk.copy(this.#prefix, this.#prefixFilled, at, at + taken);
    this.#prefixFilled += taken;
    if (this.#prefixFilled === prefixBytes) {
      this.#length = this.#checked(this.#prefix[0]!, this.#prefix.readUInt32BE(1));
      this.#filled = 0;
      this.#chunks = 0;
    }
    return at + taken;
  }

  #readBody(chunk: Buffer, at: number): number {
    const taken = Math.min(this.#length - this.#filled, chunk.length - at);
    this.#grow(this.#filled + taken);
    chunk.copy(this.#body!, this.#filled, at, at + taken);
    this.#filled += taken;
    this.#chunks += 1;
    if (this.#chunks > manyChunks && this.#filled < this.#chunks * saneChunkBytes) {
      throw new StatusError(
        Code.RESOURCE_EXHAUSTED,
        `Cannot receive a message of ${this.#route.method.path} in pieces of ${Math.ceil(this.#filled / this.#chunks)} bytes`,
      );
    }
    return at + taken;
  }

  /** Room is made as bytes arrive: a prefix alone reserves nothing. */
  #grow(wanted: number): void {
    const current = this.#body?.length ?? 0;
    if (wanted <= current) return;
    const size = Math.min(this.#length, Math.max(wanted, current * 2, 4_096));
    this.#budget.take(size - current, this.#route.method.path);
    const grown = Buffer.allocUnsafeSlow(size);
    this.#body?.copy(grown, 0, 0, this.#filled);
    this.#body = grown;
  }

  #finish(): void {
    const bytes = this.#body ?? Buffer.alloc(0);
    const compressed = this.#prefix![0] === 1;
    this.#budget.give(bytes.length);
    this.#body = undefined;
    this.#length = 0;
    this.#prefixFilled = 0;
    this.#taker.take(bytes, compressed);
  }

  #checked(flag: number, length: number): number {
    if (flag > 1)
      throw new StatusError(
        Code.INTERNAL,
        `Cannot read a message of ${this.#route.method.path}: its compression flag is ${flag}`,
      );
    const { maxReceiveBytes } = this.#route.limits;
    if (length > maxReceiveBytes) {
      throw new StatusError(
        Code.RESOURCE_EXHAUSTED,
        `Cannot receive a message of ${length} bytes on ${this.#route.method.path}: the limit is ${maxReceiveBytes}`,
      );
    }
    return length;
  }
}

/** A message as bytes to write, behind its prefix. Never compressed. */
export function frameOf(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(prefixBytes + message.byteLength);
  frame[0] = 0;
  frame.writeUInt32BE(message.byteLength, 1);
  frame.set(message, prefixBytes);
  return frame;
}
