import { codeName } from 'flowrpc';
import type { RawReply } from '../raw-http2.ts';
import type { Side, Victim } from './victim-process.ts';

/** An answer, and the input that it answers: all that was sent, as text. */
export interface Answered {
  readonly input: string;
  readonly reply: RawReply;
}

/** What came of an input on one side. */
export interface Outcome {
  /** In a few words, for the table. */
  readonly said: string;
  /** Whether that is what the row wants. */
  readonly good: boolean;
  /** What was answered, for the oracle to look at. */
  readonly answers?: readonly Answered[];
}

/** One input of the list, for a server of either side. */
export interface Row {
  readonly mark: string;
  readonly input: string;
  readonly wanted: string;
  /** Why bare grpc-js cannot be asked. */
  readonly notBare?: string;
  /** Takes seconds: left to `npm run hostile` unless LONG_TESTS is set. */
  readonly long?: boolean;
  attack(victim: Victim): Promise<Outcome>;
}

/** One input that needs no server under attack: the side itself is looked at. */
export interface SideRow {
  readonly mark: string;
  readonly input: string;
  readonly wanted: string;
  look(side: Side): Promise<Outcome>;
}

/** An HTTP status, a gRPC code, or a reset, as the table shows it. */
export function shown({ http, code, rstCode }: RawReply): string {
  if (code !== undefined) return codeName(code);
  if (http !== undefined && http !== 200) return `HTTP ${http}`;
  return rstCode === 0 ? 'no answer' : `reset with ${resets[rstCode] ?? rstCode}`;
}

/** What streams are reset with (RFC 9113, 7). */
const resets: Readonly<Record<number, string>> = {
  1: 'PROTOCOL_ERROR',
  2: 'INTERNAL_ERROR',
  7: 'REFUSED_STREAM',
  8: 'CANCEL',
  9: 'COMPRESSION_ERROR',
  11: 'ENHANCE_YOUR_CALM',
};

export function withHandlers(text: string, handlers: number): string {
  return handlers === 0 ? text : `${text}, ${handlers === 1 ? 'a handler' : `${handlers} handlers`} ran`;
}
