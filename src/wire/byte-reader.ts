/** Why bytes are not a protobuf message; codecs turn it into a status. */
export class Malformed extends Error {}

/** How deep messages and groups may nest, on both sides (the limit that other protobuf implementations share). */
export const maxDepth = 100;

export const WireType = { varint: 0, fixed64: 1, delimited: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

const truncated = 'it ends in the middle of a field';

/** Reads protobuf's wire format; whatever is not that throws `Malformed`. */
export class ByteReader {
  /** Where the next byte is read. */
  at = 0;
  /** Where the current message ends. */
  end: number;
  readonly #bytes: Buffer;
  #view: DataView | undefined;
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.length;
  }

  /** Whether the current message was read to its end. */
  get done(): boolean {
    return this.at >= this.end;
  }

  /** A field number and wire type, `number << 3 | type`. */
  tag(): number {
    const first = this.#bytes[this.at]!;
    if (this.at < this.end && first < 128 && first > 7) {
      this.at++;
      return first;
    }
    this.#varint();
    if (this.#high !== 0) throw new Malformed('a field number is out of range');
    if (this.#low >>> 3 === 0) throw new Malformed('it has a field with number 0');
    return this.#low;
  }

  uint32(): number {
    const first = this.#bytes[this.at]!;
    if (this.at < this.end && first < 128) {
      this.at++;
      return first;
    }
    this.#varint();
    return this.#low;
  }

  bool(): boolean {
    this.#varint();
    return (this.#low | this.#high) !== 0;
  }

  uint64(): bigint {
    this.#varint();
    if (this.#high === 0) return BigInt(this.#low);
    return (BigInt(this.#high) << 32n) | BigInt(this.#low);
  }

  int64(): bigint {
    this.#varint();
    if (this.#high === 0) return BigInt(this.#low);
    return (BigInt(this.#high | 0) << 32n) | BigInt(this.#low);
  }

  fixed32(): number {
    return this.#fixed().getUint32(this.#take(4), true);
  }

  sfixed32(): number {
    return this.#fixed().getInt32(this.#take(4), true);
  }

  fixed64(): bigint {
    return this.#fixed().getBigUint64(this.#take(8), true);
  }

  sfixed64(): bigint {
    return this.#fixed().getBigInt64(this.#take(8), true);
  }

  float(): number {
    return this.#fixed().getFloat32(this.#take(4), true);
  }

  double(): number {
    return this.#fixed().getFloat64(this.#take(8), true);
  }

  /** UTF-8 text; what is not valid UTF-8 becomes U+FFFD. */
  string(): string {
    const length = this.length();
    const start = this.at;
    this.at = start + length;
    return length === 0 ? '' : this.#bytes.toString('utf8', start, this.at);
  }

  /** A copy, so that it does not keep the whole message alive. */
  bytes(): Uint8Array {
    const length = this.length();
    const start = this.at;
    this.at = start + length;
    const copy = new Uint8Array(length);
    copy.set(this.#bytes.subarray(start, this.at));
    return copy;
  }

  /** What stands between two places, one character a byte. */
  latin1(start: number, end: number): string {
    return this.#bytes.toString('latin1', start, end);
  }

  /** The length of what follows, checked against the end. */
  length(): number {
    let length = this.#bytes[this.at]!;
    if (this.at < this.end && length < 128) this.at++;
    else {
      this.#varint();
      length = this.#high === 0 ? this.#low : Number.POSITIVE_INFINITY;
    }
    if (length > this.end - this.at) throw new Malformed(truncated);
    return length;
  }

  /** Passes over a field that nobody knows. */
  skip(tag: number, depth: number): void {
    switch (tag & 7) {
      case WireType.varint:
        this.#varint();
        return;
      case WireType.fixed64:
        this.#take(8);
        return;
      case WireType.delimited:
        this.at = this.length() + this.at;
        return;
      case WireType.startGroup:
        return this.#skipGroup(tag >>> 3, depth + 1);
      case WireType.fixed32:
        this.#take(4);
        return;
      case WireType.endGroup:
        throw new Malformed('a group ends that did not start');
      default:
        throw new Malformed(`wire type ${tag & 7} does not exist`);
    }
  }

  #skipGroup(number: number, depth: number): void {
    if (depth > maxDepth) throw new Malformed(`it is nested deeper than ${maxDepth}`);
    while (this.at < this.end) {
      const tag = this.tag();
      if ((tag & 7) === WireType.endGroup) {
        if (tag >>> 3 === number) return;
        throw new Malformed('a group ends that did not start');
      }
      this.skip(tag, depth);
    }
    throw new Malformed(truncated);
  }

  #take(count: number): number {
    const start = this.at;
    if (count > this.end - start) throw new Malformed(truncated);
    this.at = start + count;
    return start;
  }

  #fixed(): DataView {
    const { buffer, byteOffset, length } = this.#bytes;
    return (this.#view ??= new DataView(buffer, byteOffset, length));
  }

  /** Leaves 64 bits in two halves. */
  #varint(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.at >= this.end) throw new Malformed(truncated);
      const byte = this.#bytes[this.at++]!;
      if (shift < 28) low |= (byte & 127) << shift;
      else if (shift === 28) {
        low |= (byte & 127) << 28;
        high |= (byte & 127) >> 4;
      } else high |= (byte & 127) << (shift - 32);
      if (byte < 128) {
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    throw new Malformed('a number is longer than ten bytes');
  }
}
