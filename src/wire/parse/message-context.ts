import type { Cursor } from './cursor.ts';
import type { ParsedOption } from './option.ts';
import type { Token } from './token.ts';

/** What the parser of a file lends to those of its messages, enums and services. */
export interface MessageContext {
  readonly cursor: Cursor;
  readonly proto2: boolean;
  readonly proto3: boolean;
  readonly lines: ReadonlyMap<object, number>;
  mark(node: object, first?: Token): void;
  trail(node: object): void;
  pending(target: { options?: Uint8Array }, kind: string, options: readonly ParsedOption[]): void;
}

/** The largest number of a field. */
export const maxNumber = 536_870_911;
