import type { ByteWriter } from './byte-writer.ts';
import { Refusal, refusal } from './refusal.ts';
import { entryTag, Hint, itemsTag, maxValueDepth, valueTag } from './value-fields.ts';
import { isBytes, isError, isPlainObject, publicError } from './value-kind.ts';

const wanted = 'a value (null, boolean, number, bigint, string, Uint8Array, array, plain object or Error)';

/**
 * Writes the fields of one google.protobuf.Value; `open` are the containers it stands in. Throws a `Refusal` with the
 * path.
 */
export function writeValue(out: ByteWriter, value: unknown, open: object[]): void {
  if (typeof value === 'string') writeText(out, value);
  else if (typeof value === 'number') writeNumber(out, value);
  else if (typeof value === 'boolean') writeBoolean(out, value);
  else if (value === null) writeNull(out);
  else if (typeof value === 'object') writeObject(out, value, open);
  else if (typeof value === 'bigint') writeInteger(out, value);
  else throw new Refusal(wanted, value);
}

export function writeNull(out: ByteWriter): void {
  out.uint32(valueTag.null);
  out.uint32(0);
}

export function writeHint(out: ByteWriter, hint: number): void {
  out.uint32(valueTag.hint);
  out.uint32(hint);
}

function writeText(out: ByteWriter, text: string): void {
  out.uint32(valueTag.string);
  out.string(text);
}

function writeBoolean(out: ByteWriter, value: boolean): void {
  out.uint32(valueTag.boolean);
  out.uint32(value ? 1 : 0);
}

function writeNumber(out: ByteWriter, value: number): void {
  if (Number.isFinite(value)) {
    out.uint32(valueTag.number);
    out.double(value);
  } else {
    writeText(out, String(value));
    writeHint(out, Hint.DOUBLE);
  }
}

function writeInteger(out: ByteWriter, value: bigint): void {
  // One integer has one form: what a number holds exactly is a number.
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) writeNumber(out, Number(value));
  else {
    const hint = hintOf(value);
    writeText(out, String(value));
    writeHint(out, hint);
  }
}

function hintOf(value: bigint): number {
  if (BigInt.asIntN(64, value) === value) return Hint.INT64;
  if (BigInt.asUintN(64, value) === value) return Hint.UINT64;
  // Text of a huge integer takes long, so it is not shown.
  throw refusal(`wanted a bigint from ${-(2n ** 63n)} to ${2n ** 64n - 1n}, got one of more than 64 bits`);
}

function writeObject(out: ByteWriter, value: object, open: object[]): void {
  if (isBytes(value)) writeBytes(out, value);
  else {
    if (open.includes(value)) throw refusal('contains itself');
    if (open.length === maxValueDepth) throw refusal(`is nested deeper than ${maxValueDepth}`);
    open.push(value);
    if (Array.isArray(value)) writeList(out, value, open);
    else if (isPlainObject(value)) writeStruct(out, value, open);
    else if (isError(value)) writeError(out, value, open);
    else throw new Refusal(wanted, value);
    open.pop();
  }
}

function writeBytes(out: ByteWriter, { buffer, byteOffset, byteLength }: Uint8Array): void {
  writeText(out, Buffer.from(buffer, byteOffset, byteLength).toString('base64'));
  writeHint(out, Hint.BYTES);
}

function writeList(out: ByteWriter, list: readonly unknown[], open: object[]): void {
  out.uint32(valueTag.list);
  const start = out.open();
  let i = 0;
  try {
    for (; i < list.length; i++) {
      out.uint32(itemsTag);
      const item = out.open();
      writeValue(out, list[i], open);
      out.close(item);
    }
  } catch (error) {
    throw error instanceof Refusal ? error.within(`[${i}]`) : error;
  }
  out.close(start);
}

function writeStruct(out: ByteWriter, struct: Readonly<Record<string, unknown>>, open: object[]): void {
  out.uint32(valueTag.struct);
  const start = out.open();
  let key = '';
  try {
    for (key of Object.keys(struct)) {
      const value = struct[key];
      if (value === undefined) continue;
      out.uint32(itemsTag);
      const entry = out.open();
      out.uint32(entryTag.key);
      out.string(key);
      out.uint32(entryTag.value);
      const content = out.open();
      writeValue(out, value, open);
      out.close(content);
      out.close(entry);
    }
  } catch (error) {
    throw error instanceof Refusal ? error.within(step(key)) : error;
  }
  out.close(start);
}

function writeError(out: ByteWriter, error: Error, open: object[]): void {
  writeStruct(out, publicError(error), open);
  writeHint(out, Hint.ERROR);
}

function step(key: string): string {
  return /^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(key) ? key : `[${JSON.stringify(key)}]`;
}
