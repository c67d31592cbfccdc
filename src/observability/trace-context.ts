import {
  isSpanContextValid,
  context as otelContexts,
  propagation,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { callOf } from '../core/call.ts';
import type { Context } from '../core/context.ts';
import type { Metadata, ReadonlyMetadata } from '../core/metadata.ts';
import { baggageOf, metadataSetter, traceStateOf } from './metadata-carrier.ts';
import { otelContextKey, otelContextOf } from './otel-context.ts';

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

/** The trace in received metadata; undefined when there is none or it is malformed. A malformed or oversize tracestate is dropped. */
export function parseTrace(metadata: ReadonlyMetadata): TraceContext | undefined {
  const [traceparent = '', ...others] = metadata.getAll('traceparent');
  const match = others.length === 0 ? grammar.exec(traceparent) : null;
  if (match === null) return undefined;
  return {
    traceId: match[1]!,
    spanId: match[2]!,
    sampled: (Number.parseInt(match[3]!, 16) & 1) === 1,
    state: traceStateOf(metadata),
  };
}

/** The `traceparent` header of a trace. */
export function formatTrace({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

const traces = new WeakMap<object, TraceContext>();
const owners = new WeakMap<Context, { trace: object | undefined }>();

/** The trace that a call belongs to: what its caller sent, else its span's, else one minted now and kept for the call. */
export function traceOf(context: Context): TraceContext {
  return received(context.metadata) ?? recorded(context) ?? minted(ownerOf(context)).trace;
}

/** Lets a call be of the same trace as another one. */
export function shareTrace(from: Context, to: Context): void {
  if (!to.metadata.has('traceparent')) ownerOf(to).trace = traceOf(from);
}

/** What all derived calls share, so that they are of one trace. A context made elsewhere stands for itself. */
function ownerOf(context: Context): { trace: object | undefined } {
  const exchange = callOf(context)?.exchange;
  if (exchange !== undefined) return exchange;
  let owner = owners.get(context);
  if (owner === undefined) owners.set(context, (owner = { trace: undefined }));
  return owner;
}

function recorded(context: Context): TraceContext | undefined {
  const traced = callOf(context)?.get(otelContextKey);
  const span = traced === undefined ? undefined : trace.getSpanContext(traced);
  return span === undefined ? undefined : traceContext(span);
}

function traceContext({ traceId, spanId, traceFlags, traceState }: SpanContext): TraceContext {
  return { traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0, state: traceState?.serialize() };
}

function received(metadata: ReadonlyMetadata): TraceContext | undefined {
  if (!metadata.has('traceparent')) return undefined;
  const known = traces.get(metadata) ?? parseTrace(metadata);
  if (known !== undefined) traces.set(metadata, known);
  return known;
}

function minted(owner: { trace: object | undefined }): { trace: TraceContext } {
  owner.trace ??= mintTrace();
  return owner as { trace: TraceContext };
}

/**
 * Writes the trace of an outgoing call into its metadata: by the registered global propagator when there is one, else as
 * `traceparent` and `tracestate`: the active OpenTelemetry span, else the trace of the parent with a new span id. What the caller set
 * itself stays.
 */
export function injectTrace(metadata: Metadata, parent: Context | undefined): void {
  if (metadata.has('traceparent')) return;
  const active = injectActive(metadata, parent);
  // A registered propagator has its own way with baggage.
  if (active && propagation.fields().length > 0) return;
  if (!active) write(metadata, { ...(parent === undefined ? mintTrace() : traceOf(parent)), spanId: randomHex(8) });
  const baggage = parent === undefined || metadata.has('baggage') ? undefined : baggageOf(parent.metadata);
  if (baggage !== undefined) metadata.set('baggage', baggage);
}

/** Writes the span that is active in OpenTelemetry, where the parent runs or here; false when there is none. */
export function injectActive(metadata: Metadata, parent?: Context): boolean {
  const active = parent === undefined ? otelContexts.active() : otelContextOf(parent);
  const fields = propagation.fields();
  if (fields.length > 0) {
    propagation.inject(active, metadata, metadataSetter);
    return fields.some((field) => field !== 'baggage' && metadata.has(field));
  }
  const span = trace.getSpanContext(active);
  if (span === undefined || !isSpanContextValid(span)) return false;
  write(metadata, traceContext(span));
  return true;
}

function write(metadata: Metadata, trace: TraceContext): void {
  metadata.set('traceparent', formatTrace(trace));
  if (trace.state) metadata.set('tracestate', trace.state);
}

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
