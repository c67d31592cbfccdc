import { isUtf8 } from 'node:buffer';

/** `plain`: canonical bytes, which every reader takes alike; `bad`: bytes that every reader refuses; `odd`: protobufjs is known to differ. */
export type Shape = 'plain' | 'odd' | 'bad';

type Role = 'value' | 'struct' | 'list' | 'entry' | 'text';
type Declared = readonly [wire: number, role?: Role];

const fields: Readonly<Record<Exclude<Role, 'text'>, Readonly<Record<number, Declared>>>> = {
  value: { 1: [0], 2: [1], 3: [2, 'text'], 4: [0], 5: [2, 'struct'], 6: [2, 'list'] },
  struct: { 1: [2, 'entry'] },
  list: { 1: [2, 'value'] },
  entry: { 1: [2, 'text'], 2: [2, 'value'] },
};

/** Compares bytes with google.protobuf.Value, without making a value: the first thing that isn't plain decides. */
export function classify(bytes: Uint8Array, role: Role = 'value'): Shape {
  if (role === 'text') return isUtf8(bytes) ? 'plain' : 'odd';
  const seen = new Set<number>();
  let at = 0;
  const varint = (): number | 'odd' | 'bad' => {
    let value = 0;
    for (let i = 0; at < bytes.length; i++) {
      if (i === 4) return 'odd';
      const byte = bytes[at++]!;
      value += (byte & 127) * 128 ** i;
      if (byte < 128) return value;
    }
    return 'bad';
  };
  while (at < bytes.length) {
    const tag = varint();
    if (typeof tag !== 'number') return tag;
    const number = tag >>> 3;
    const wire = tag & 7;
    if (number === 0 || number === 15 || wire === 3 || wire === 4) return 'odd';
    const declared = fields[role][number];
    if (declared !== undefined && declared[0] !== wire) return 'odd';
    if (wire > 5) return 'bad';
    const repeatable = role === 'struct' || role === 'list';
    if (declared !== undefined && !repeatable && (seen.has(number) || (role === 'value' && seen.size > 0)))
      return 'odd';
    if (declared !== undefined) seen.add(number);
    const size = wire === 1 ? 8 : wire === 5 ? 4 : varint();
    if (typeof size !== 'number') return size;
    if (wire === 0) continue;
    if (size > bytes.length - at) return 'bad';
    const inner = declared?.[1] === undefined ? 'plain' : classify(bytes.subarray(at, at + size), declared[1]);
    if (inner !== 'plain') return inner;
    at += size;
  }
  return role === 'entry' && !seen.has(2) ? 'odd' : 'plain';
}
