import { codeName } from '../core/code.ts';
import type { Raw } from '../runtime/control-service.ts';
import type { NodeState } from '../wire/gen/flowrpc/v1/control.ts';
import type { NodeFrame } from '../wire/gen/flowrpc/v1/debug.ts';
import type { Timestamp } from '../wire/gen/google/protobuf/timestamp.ts';
import { decodeValue } from '../wire/value.ts';
import { jsonLine } from './output.ts';

const longestPayload = 80;

/** A time that a server tells, as ISO 8601 text. */
export function timeOf({ seconds = 0n, nanos = 0 }: Partial<Timestamp> = {}): string {
  return new Date(Number(seconds) * 1_000 + nanos / 1_000_000).toISOString();
}

/** How a node is, in a word. */
export function stateOf({ status }: Pick<NodeState, 'status'>): 'active' | 'inactive' {
  return status === 'NODE_STATUS_ACTIVE' ? 'active' : 'inactive';
}

/** A status that a server tells, with the name of its code. */
export function errorJson({ code, message }: { readonly code: number; readonly message: string }): object {
  return { code: codeName(code), message };
}

/** How a frame ended, as a field; none while it is open. */
export function outcomeJson(outcome: Raw<NodeFrame>['outcome']): object {
  if (outcome === undefined) return {};
  if (outcome.case === 'reply') return { reply: decodeValue(outcome.value) };
  if (outcome.case === 'none') return { none: true };
  return { error: errorJson(outcome.value) };
}

/** The payload of a frame on one line, cut when it is long. */
export function payloadText({ payload }: Pick<Raw<NodeFrame>, 'payload'>): string {
  const text = jsonLine(decodeValue(payload ?? new Uint8Array()));
  return text.length <= longestPayload ? text : `${text.slice(0, longestPayload - 1)}…`;
}
