import type { ByteReader } from './byte-reader.ts';
import { WireType } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { Refusal } from './refusal.ts';

interface ScalarValues {
  double: number;
  float: number;
  int32: number;
  uint32: number;
  sint32: number;
  fixed32: number;
  sfixed32: number;
  int64: bigint;
  uint64: bigint;
  sint64: bigint;
  fixed64: bigint;
  sfixed64: bigint;
  bool: boolean;
  string: string;
  bytes: Uint8Array;
}

/** The scalar types of protobuf. */
export type ScalarType = keyof ScalarValues;

/** How one scalar type is checked, written and read. */
export interface Scalar<T = unknown> {
  readonly wire: number;
  readonly zero: T;
  /** The value to write, or a thrown `Refusal` that says what was wanted. */
  check(value: unknown): T;
  /** Whether a checked value may be left out where presence is implicit. */
  isZero(value: T): boolean;
  write(out: ByteWriter, value: T): void;
  read(from: ByteReader): T;
}

const { varint, fixed32, fixed64, delimited } = WireType;

const int32 = integer('an int32', -0x80000000, 0x7fffffff);
const uint32 = integer('a uint32', 0, 0xffffffff);
const int64 = bigInteger('an int64', -(2n ** 63n), 2n ** 63n - 1n);
const uint64 = bigInteger('a uint64', 0n, 2n ** 64n - 1n);

/** Every scalar type by its name in proto files. 64-bit integers are bigint here. */
export const scalars: { readonly [T in ScalarType]: Scalar<ScalarValues[T]> } = {
  double: number(
    'a number',
    fixed64,
    (value) => value,
    (out, value) => out.double(value),
    (from) => from.double(),
  ),
  float: number(
    'a number in the range of float',
    fixed32,
    inFloatRange,
    (out, value) => out.float(value),
    (from) => from.float(),
  ),
  int32: { ...int32, wire: varint, write: (out, value) => out.int32(value), read: (from) => from.uint32() | 0 },
  uint32: { ...uint32, wire: varint, write: (out, value) => out.uint32(value), read: (from) => from.uint32() },
  sint32: {
    ...int32,
    wire: varint,
    write: (out, value) => out.uint32(((value << 1) ^ (value >> 31)) >>> 0),
    read: (from) => unZigzag(from.uint32()),
  },
  fixed32: { ...uint32, wire: fixed32, write: (out, value) => out.fixed32(value), read: (from) => from.fixed32() },
  sfixed32: { ...int32, wire: fixed32, write: (out, value) => out.fixed32(value), read: (from) => from.sfixed32() },
  int64: { ...int64, wire: varint, write: (out, value) => out.int64(value), read: (from) => from.int64() },
  uint64: { ...uint64, wire: varint, write: (out, value) => out.int64(value), read: (from) => from.uint64() },
  sint64: {
    ...int64,
    wire: varint,
    write: (out, value) => out.int64((value << 1n) ^ (value >> 63n)),
    read: (from) => {
      const coded = from.uint64();
      return (coded >> 1n) ^ -(coded & 1n);
    },
  },
  fixed64: { ...uint64, wire: fixed64, write: (out, value) => out.fixed64(value), read: (from) => from.fixed64() },
  sfixed64: { ...int64, wire: fixed64, write: (out, value) => out.fixed64(value), read: (from) => from.sfixed64() },
  bool: {
    wire: varint,
    zero: false,
    check: (value) => (typeof value === 'boolean' ? value : refuse('a boolean', value)),
    isZero: (value) => !value,
    write: (out, value) => out.uint32(value ? 1 : 0),
    read: (from) => from.bool(),
  },
  string: {
    wire: delimited,
    zero: '',
    check: (value) => (typeof value === 'string' ? value : refuse('a string', value)),
    isZero: (value) => value === '',
    write: (out, value) => out.string(value),
    read: (from) => from.string(),
  },
  bytes: {
    wire: delimited,
    zero: new Uint8Array(0),
    check: (value) => (value instanceof Uint8Array ? value : refuse('a Uint8Array', value)),
    isZero: (value) => value.length === 0,
    write: (out, value) => out.bytes(value),
    read: (from) => from.bytes(),
  },
};

/** Whether values of a type are 64-bit integers, which code sees as bigint or string. */
export function is64Bit(type: ScalarType): boolean {
  return type.endsWith('64');
}

type IntegerRules<T> = Pick<Scalar<T>, 'zero' | 'check' | 'isZero'>;

function integer(wanted: string, least: number, most: number): IntegerRules<number> {
  const check = (value: unknown): number => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    return refuse(`${wanted}, an integer from ${least} to ${most}`, value);
  };
  return { zero: 0, check, isZero: (value) => value === 0 };
}

function bigInteger(wanted: string, least: bigint, most: bigint): IntegerRules<bigint> {
  const decimal = /^-?\d{1,20}$/;
  const check = (value: unknown): bigint => {
    const exact =
      typeof value === 'bigint' || Number.isSafeInteger(value) || (typeof value === 'string' && decimal.test(value));
    if (exact) {
      const big = BigInt(value as bigint | number | string);
      if (big >= least && big <= most) return big;
    }
    return refuse(`${wanted}, a bigint, safe integer or decimal string from ${least} to ${most}`, value);
  };
  return { zero: 0n, check, isZero: (value) => value === 0n };
}

function number(
  wanted: string,
  wire: number,
  fitted: (value: number) => number | undefined,
  write: Scalar<number>['write'],
  read: Scalar<number>['read'],
): Scalar<number> {
  const check = (value: unknown): number =>
    (typeof value === 'number' ? fitted(value) : undefined) ?? refuse(wanted, value);
  // Minus zero is not the default, it must travel.
  return { wire, zero: 0, check, isZero: (value) => Object.is(value, 0), write, read };
}

function inFloatRange(value: number): number | undefined {
  return Number.isFinite(value) && !Number.isFinite(Math.fround(value)) ? undefined : value;
}

function unZigzag(coded: number): number {
  return (coded >>> 1) ^ -(coded & 1);
}

function refuse(wanted: string, value: unknown): never {
  throw new Refusal(wanted, value);
}
