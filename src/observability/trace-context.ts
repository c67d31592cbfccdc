import { context as otelContext, propagation } from '@opentelemetry/api';
import { callOf } from '../core/call.ts';
import type { Context } from '../core/context.ts';
import type { Metadata, ReadonlyMetadata } from '../core/metadata.ts';

/** A W3C trace context: whose trace a call is part of (Trace Context level 1). */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits: the span that made the call. */
  readonly spanId: string;
  readonly sampled: boolean;
  readonly state?: string;
}

// Version 00 ends with its flags; later ones may go on.
const grammar = /^(?!ff|00.{53}-)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const maxStateLength = 512;
const sendable = /^[\x20-\x7e]+$/;

/** The trace in received metadata; undefined when there is none or it is malformed. An oversize tracestate is dropped. */
export function parseTrace(metadata: ReadonlyMetadata): TraceContext | undefined {
  const match = grammar.exec(metadata.get('traceparent') ?? '');
  if (match === null) return undefined;
  const state = metadata.getAll('tracestate').join(',');
  return {
    traceId: match[1]!,
    spanId: match[2]!,
    sampled: (Number.parseInt(match[3]!, 16) & 1) === 1,
    state: state.length <= maxStateLength && sendable.test(state) ? state : undefined,
  };
}

/** The `traceparent` header of a trace. */
export function formatTrace({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

const traces = new WeakMap<object, TraceContext>();

/** The trace that a call belongs to: what its caller sent, else one minted now and kept for the call. */
export function traceOf(context: Context): TraceContext {
  return received(context.metadata) ?? minted(callOf(context)?.exchange ?? context);
}

function received(metadata: ReadonlyMetadata): TraceContext | undefined {
  if (!metadata.has('traceparent')) return undefined;
  const known = traces.get(metadata) ?? parseTrace(metadata);
  if (known !== undefined) traces.set(metadata, known);
  return known;
}

/** The owner is what all derived calls share, so that they are of one trace. */
function minted(owner: object): TraceContext {
  const trace = traces.get(owner) ?? mintTrace();
  traces.set(owner, trace);
  return trace;
}

/**
 * Writes the trace of an outgoing call into its metadata: by the registered global propagator when there is one,
 * else `traceparent`, `tracestate` and `baggage` of the parent with a new span id. What the caller set itself stays.
 */
export function injectTrace(metadata: Metadata, parent: Context | undefined): void {
  if (metadata.has('traceparent')) return;
  if (propagation.fields().length > 0) {
    propagation.inject(otelContext.active(), metadata, setter);
    if (metadata.has('traceparent')) return;
  }
  const trace = parent === undefined ? mintTrace() : traceOf(parent);
  metadata.set('traceparent', formatTrace({ ...trace, spanId: randomHex(8) }));
  if (trace.state !== undefined) metadata.set('tracestate', trace.state);
  const baggage = parent?.metadata.getAll('baggage').join(',') ?? '';
  if (sendable.test(baggage) && !metadata.has('baggage')) metadata.set('baggage', baggage);
}

const setter = {
  set(metadata: Metadata, name: string, value: string): void {
    metadata.set(name, value);
  },
};

/**
 * A trace of its own. Its sampled flag is set: samplers follow the flag of a parent by default, so a trace minted without it
 * would keep every service behind this one from recording.
 */
export function mintTrace(): TraceContext {
  return { traceId: randomHex(16), spanId: randomHex(8), sampled: true };
}

const pool = Buffer.alloc(4096);
let used = pool.length;

/** Random bytes as hexadecimal, out of a pool: asking the system for 16 bytes costs more than the call's own work. */
function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  used += bytes;
  const text = pool.toString('hex', used - bytes, used);
  return /^0+$/.test(text) ? randomHex(bytes) : text;
}
