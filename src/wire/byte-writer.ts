const slabBytes = 16 * 1024;

/** Writes protobuf's wire format. Small messages are cut from one slab after the other, without a copy. */
export class ByteWriter {
  /** Whether messages write what their types do not know. */
  keepsUnknown = true;
  #bytes: Buffer = Buffer.allocUnsafeSlow(slabBytes);
  #view = new DataView(this.#bytes.buffer);
  /** Where the current message starts. */
  #start = 0;
  #at = 0;

  /** A tag, a length or an unsigned 32-bit integer. */
  uint32(value: number): void {
    this.#reserve(5);
    this.#varint32(value);
  }

  #varint32(value: number): void {
    const bytes = this.#bytes;
    let at = this.#at;
    while (value > 127) {
      bytes[at++] = (value & 127) | 128;
      value >>>= 7;
    }
    bytes[at++] = value;
    this.#at = at;
  }

  /** Negative numbers take ten bytes, as protobuf sign-extends them to 64 bits. */
  int32(value: number): void {
    if (value >= 0) return this.uint32(value);
    this.#varint64(value >>> 0, 0xffffffff);
  }

  int64(value: bigint): void {
    const low = Number(BigInt.asUintN(32, value));
    const high = Number(BigInt.asUintN(32, value >> 32n));
    this.#varint64(low, high);
  }

  fixed32(value: number): void {
    this.#reserve(4);
    this.#view.setInt32(this.#at, value, true);
    this.#at += 4;
  }

  fixed64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigInt64(this.#at, BigInt.asIntN(64, value), true);
    this.#at += 8;
  }

  float(value: number): void {
    this.#reserve(4);
    this.#view.setFloat32(this.#at, value, true);
    this.#at += 4;
  }

  double(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  /** A length and UTF-8; lone surrogates become U+FFFD. */
  string(value: string): void {
    const length = value.length;
    this.#reserve(length * 3 + 5);
    if (length < 48 && this.#ascii(value, length)) return;
    const guess = sizeOfLength(length);
    const written = this.#bytes.write(value, this.#at + guess, 'utf8');
    this.#prefix(written, guess);
  }

  bytes(value: Uint8Array): void {
    this.uint32(value.length);
    this.raw(value);
  }

  /** Bytes as they are, without a length. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** Bytes as `ByteReader.latin1` reads them. */
  latin1(bytes: string): void {
    this.#reserve(bytes.length);
    this.#at += this.#bytes.write(bytes, this.#at, 'latin1');
  }

  /** Begins a length-delimited value; give the result to `close`. */
  open(): number {
    this.#reserve(1);
    return this.#at++ - this.#start;
  }

  /** Ends a length-delimited value by writing its length in front of it. */
  close(opened: number): void {
    const length = this.#at - this.#start - opened - 1;
    if (length >= 128) this.#reserve(4);
    this.#at = this.#start + opened;
    this.#prefix(length, 1);
  }

  /** What was written; the writer is ready for the next message. */
  take(): Buffer {
    const taken = this.#bytes.subarray(this.#start, this.#at);
    if (this.#bytes.length === slabBytes) {
      this.#start = this.#at;
      return taken;
    }
    // A grown buffer has much room to spare, which the message must not keep.
    const exact = Buffer.from(taken);
    this.#replace(Buffer.allocUnsafeSlow(slabBytes), 0);
    return exact;
  }

  /** Forgets what was written since the last message was taken. */
  clear(): void {
    this.#at = this.#start;
  }

  /** True when the text was plain ASCII and is written. */
  #ascii(value: string, length: number): boolean {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) return false;
      bytes[start + i] = code;
    }
    bytes[this.#at] = length;
    this.#at = start + length;
    return true;
  }

  /** Writes a length before content that already stands `gap` bytes behind the position, moving it when the gap is too small. */
  #prefix(length: number, gap: number): void {
    const start = this.#at;
    const size = sizeOfLength(length);
    if (size !== gap) this.#bytes.copyWithin(start + size, start + gap, start + gap + length);
    this.#bytes[start] = length;
    if (size > 1) this.#varint32(length);
    this.#at = start + size + length;
  }

  #varint64(low: number, high: number): void {
    this.#reserve(10);
    const bytes = this.#bytes;
    let at = this.#at;
    while (high > 0 || low > 127) {
      bytes[at++] = (low & 127) | 128;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    bytes[at++] = low;
    this.#at = at;
  }

  #reserve(count: number): void {
    if (this.#at + count > this.#bytes.length) this.#grow(count);
  }

  #grow(count: number): void {
    const written = this.#at - this.#start;
    const wanted = written + count;
    const grown = Buffer.allocUnsafeSlow(wanted <= slabBytes / 2 ? slabBytes : wanted * 2);
    this.#bytes.copy(grown, 0, this.#start, this.#at);
    this.#replace(grown, written);
  }

  #replace(bytes: Buffer, written: number): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#start = 0;
    this.#at = written;
  }
}

function sizeOfLength(length: number): number {
  if (length < 0x80) return 1;
  if (length < 0x4000) return 2;
  if (length < 0x200000) return 3;
  return length < 0x10000000 ? 4 : 5;
}
