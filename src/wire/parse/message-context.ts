import type { EnumDescriptor, NumberRange } from '../descriptor.ts';
import type { Cursor } from './cursor.ts';
import type { ParsedOption } from './option.ts';
import type { Token } from './token.ts';

/** What the parser of a file lends to that of its messages. */
export interface MessageContext {
  readonly cursor: Cursor;
  readonly proto2: boolean;
  readonly proto3: boolean;
  readonly lines: ReadonlyMap<object, number>;
  mark(node: object, first?: Token): void;
  trail(node: object): void;
  pending(target: { options?: Uint8Array }, kind: string, options: readonly ParsedOption[]): void;
  enum(): EnumDescriptor;
  reserved(
    target: { reservedRange: NumberRange[]; reservedName: string[] },
    limits: { end: number; inclusive: boolean },
  ): void;
  range(limits: { end: number; inclusive: boolean }): NumberRange;
}

/** The largest number of a field. */
export const maxNumber = 536_870_911;
