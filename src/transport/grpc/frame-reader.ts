import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status.ts';
import type { ReceiveBudget } from './receive-budget.ts';

/** A message as framed on the wire (PROTOCOL-HTTP2, "Length-Prefixed-Message"). */
export interface Frame {
  readonly compressed: boolean;
  readonly bytes: Uint8Array;
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
  readonly #maxBytes: number;
  readonly #budget: ReceiveBudget;
  readonly #path: string;
  readonly #prefix = Buffer.allocUnsafe(prefixBytes);
  #prefixFilled = 0;
  #body: Buffer | undefined;
  #length = 0;
  #filled = 0;
  #chunks = 0;

  constructor({ maxBytes, budget, path }: { maxBytes: number; budget: ReceiveBudget; path: string }) {
    this.#maxBytes = maxBytes;
    this.#budget = budget;
    this.#path = path;
  }

  /** True in the middle of a message: the end of the stream would be too early. */
  get partial(): boolean {
    return this.#prefixFilled > 0;
  }

  /** Hands each message that the chunk completes to `take`. Throws a StatusError when the stream breaks a rule. */
  push(chunk: Buffer, take: (frame: Frame) => void): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#prefixFilled < prefixBytes) {
        // The common case: the whole message in one chunk, handed on without a copy.
        if (this.#prefixFilled === 0 && chunk.length - at >= prefixBytes) {
          const length = this.#checked(chunk.readUInt8(at), chunk.readUInt32BE(at + 1));
          const end = at + prefixBytes + length;
          if (end <= chunk.length) {
            take({ compressed: chunk[at] === 1, bytes: chunk.subarray(at + prefixBytes, end) });
            at = end;
            continue;
          }
        }
        at = this.#readPrefix(chunk, at);
        continue;
      }
      at = this.#readBody(chunk, at);
      if (this.#filled === this.#length) this.#finish(take);
    }
    if (this.#prefixFilled === prefixBytes && this.#length === 0) this.#finish(take);
  }

  /** Gives back what an unfinished message holds. */
  close(): void {
    this.#budget.give(this.#body?.length ?? 0);
    this.#body = undefined;
    this.#prefixFilled = 0;
  }

  #readPrefix(chunk: Buffer, at: number): number {
    const taken = Math.min(prefixBytes - this.#prefixFilled, chunk.length - at);
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
      throw new StatusError(Code.RESOURCE_EXHAUSTED, `Cannot receive a message of ${this.#path} in pieces of ${Math.ceil(this.#filled / this.#chunks)} bytes`);
    }
    return at + taken;
  }

  /** Room is made as bytes arrive: a prefix alone reserves nothing. */
  #grow(wanted: number): void {
    const current = this.#body?.length ?? 0;
    if (wanted <= current) return;
    const size = Math.min(this.#length, Math.max(wanted, current * 2, 4_096));
    this.#budget.take(size - current, this.#path);
    const grown = Buffer.allocUnsafeSlow(size);
    this.#body?.copy(grown, 0, 0, this.#filled);
    this.#body = grown;
  }

  #finish(take: (frame: Frame) => void): void {
    const bytes = this.#body ?? Buffer.alloc(0);
    const compressed = this.#prefix[0] === 1;
    this.#budget.give(bytes.length);
    this.#body = undefined;
    this.#length = 0;
    this.#prefixFilled = 0;
    take({ compressed, bytes });
  }

  #checked(flag: number, length: number): number {
    if (flag > 1) throw new StatusError(Code.INTERNAL, `Cannot read a message of ${this.#path}: its compression flag is ${flag}`);
    if (length > this.#maxBytes) {
      throw new StatusError(Code.RESOURCE_EXHAUSTED, `Cannot receive a message of ${length} bytes on ${this.#path}: the limit is ${this.#maxBytes}`);
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
