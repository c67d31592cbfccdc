import type { Dice } from '../wire/dice.ts';

/** What inputs are made of. */
export interface Material {
  readonly dice: Dice;
  /** Another input of the pool. */
  other(): Buffer;
  /** A piece of the target's language, or of what its code compares with. */
  word(): Buffer;
}

/** Makes another input of one. May give it back as it is; never writes to it. */
export type Mutation = (input: Buffer, material: Material) => Buffer;

/** Values at which things change. */
export const edgeBytes = [0, 1, 9, 10, 13, 32, 34, 37, 44, 48, 57, 58, 91, 123, 127, 128, 192, 254, 255];
export const edgeNumbers = [0, 1, 2, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 53];

/** Bytes between two others. */
export function spliced(input: Buffer, from: number, to: number, piece: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, from), piece, input.subarray(to)]);
}

/** A random piece of at most 64 bytes. */
export function rangeOf(input: Buffer, dice: Dice): [from: number, to: number] {
  const from = dice.below(input.length + 1);
  return [from, from + dice.below(Math.min(input.length - from, 64) + 1)];
}
