import { type CallNode, callOf } from '../core/call.ts';
import type { Compression } from '../core/call-keys.ts';
import { Cancellation } from '../core/cancellation.ts';
import type { Context } from '../core/context.ts';
import { current } from '../core/current.ts';
import { deadlineFrom, earliest } from '../core/deadline.ts';
import type { KeyValue } from '../core/key.ts';
import { Metadata, type MetadataInit } from '../core/metadata.ts';
import { type MethodKind, streamsResponses } from '../core/method.ts';
import { checkOptions } from '../core/options.ts';
import { injectTrace } from '../observability/trace-context.ts';

/** What a single call may say for itself. */
export interface CallOptions {
  /** Milliseconds from now. The nearer of this, `deadline` and the parent's deadline holds. */
  timeoutMs?: number;
  /** A point in time: a Date or epoch milliseconds. */
  deadline?: number | Date;
  /** Cancels the call; its reason becomes the cause. */
  signal?: AbortSignal;
  metadata?: MetadataInit;
  /** Wait for a connection instead of failing with UNAVAILABLE. Default false. */
  waitForReady?: boolean;
  /** How requests are compressed. Default identity. */
  compression?: Compression;
  /** What interceptors of this call read with `call.get(key)`; nothing of it is sent. Pairs are made by `keyValue`. */
  values?: readonly KeyValue[];
  /** The call this one belongs to; default the server call that is being handled. `null` detaches it. */
  parent?: Context | null;
}

/** What a channel adds to every call. */
export interface CallDefaults {
  /** For unary and client-streaming calls that say nothing. */
  readonly timeoutMs: number;
  /** Keys passed on from the parent's metadata, lower-case. */
  readonly forward: readonly string[];
  /** Whether a trace is sent along. */
  readonly trace: boolean;
}

const names = ['timeoutMs', 'deadline', 'signal', 'metadata', 'waitForReady', 'compression', 'values', 'parent'];

/** Parent, bounds and metadata of a call: by its own options, its parent's, the channel's defaults. TypeError or RangeError for bad ones. */
export function outgoing(
  kind: MethodKind,
  options: CallOptions,
  defaults: CallDefaults,
): { parent: Context | undefined; cancellation: Cancellation; metadata: Metadata } {
  checkOptions('a call', options, names);
  const { timeoutMs, deadline, signal, parent: given } = options;
  const parent = given === undefined ? current() : (given ?? undefined);
  const node = parent === undefined ? undefined : callOf(parent);
  // It is on its own then, which may not be what was meant.
  if (node?.ended) node.exchange.init.lateCall?.();
  const own = deadlineFrom({ timeoutMs, deadline });
  const implied =
    timeoutMs === undefined && deadline === undefined && !streamsResponses(kind)
      ? Date.now() + defaults.timeoutMs
      : Number.POSITIVE_INFINITY;
  return {
    parent,
    cancellation: bounded(earliest(own, implied), parent, node, signal),
    metadata: outgoingMetadata(options.metadata, parent, node, defaults),
  };
}

function bounded(
  deadline: number,
  parent: Context | undefined,
  node: CallNode | undefined,
  signal: AbortSignal | undefined,
): Cancellation {
  // A call whose status was sent bounds nothing any more: what is started now is on its own.
  if (parent === undefined || node?.ended) return new Cancellation({ deadline, signal });
  if (node !== undefined) return new Cancellation({ deadline, parent: node.cancellation, signal });
  const signals = signal === undefined ? parent.signal : AbortSignal.any([parent.signal, signal]);
  return new Cancellation({ deadline: earliest(deadline, parent.deadline), signal: signals });
}

function outgoingMetadata(
  init: MetadataInit | undefined,
  parent: Context | undefined,
  node: CallNode | undefined,
  { forward, trace }: CallDefaults,
): Metadata {
  const metadata = new Metadata(init);
  // Nothing but the trace links a call to one whose status was sent.
  if (parent !== undefined && !node?.ended) {
    for (const key of forward) forwardKey(key, parent, metadata);
    for (const key of node?.exchange.init.forward ?? []) forwardKey(key, parent, metadata);
  }
  if (trace) injectTrace(metadata, parent);
  return metadata;
}

function forwardKey(key: string, parent: Context, metadata: Metadata): void {
  if (metadata.has(key)) return;
  try {
    for (const value of parent.metadata.getAll(key)) metadata.append(key, value as never);
  } catch {
    // A peer sent what cannot travel on; that must not fail a call of ours.
    metadata.delete(key);
  }
}
