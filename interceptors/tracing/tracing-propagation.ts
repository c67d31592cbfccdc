import {
  createTraceState,
  type Context as OtelContext,
  propagation,
  ROOT_CONTEXT,
  type TextMapPropagator,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import {
  type Call,
  formatTrace,
  type Metadata,
  metadataGetter,
  metadataSetter,
  originOf,
  parseTrace,
  type ReadonlyMetadata,
} from 'flowrpc';

/** Carries a trace over calls: by a propagator of one's own, else the registered one, else W3C Trace Context. */
export class TracePropagation {
  readonly #own: TextMapPropagator | undefined;

  constructor(own: TextMapPropagator | undefined) {
    this.#own = own;
  }

  /** What a call's span is part of: on servers what the caller sent; on clients what is active, else what the call around was sent. */
  parentOf(call: Call): OtelContext {
    if (call.side === 'server') return this.#received(ROOT_CONTEXT, call.metadata);
    const { context, parent } = originOf(call);
    return trace.getSpan(context) !== undefined || parent === undefined
      ? context
      : this.#received(context, parent.metadata);
  }

  /** The call with its span sent along, and nothing beside that says otherwise. */
  injected(call: Call, active: OtelContext): Call {
    return call.withMetadata((metadata) => {
      metadata.delete('traceparent');
      metadata.delete('tracestate');
      if (this.#own !== undefined) this.#own.inject(active, metadata, metadataSetter);
      else if (isRegistered()) propagation.inject(active, metadata, metadataSetter);
      else write(active, metadata);
    });
  }

  /** A caller that does not know our own propagator yet is understood all the same. */
  #received(base: OtelContext, metadata: ReadonlyMetadata): OtelContext {
    const known = this.#own?.extract(base, metadata, metadataGetter) ?? base;
    if (trace.getSpanContext(known) !== undefined) return known;
    return isRegistered() ? propagation.extract(known, metadata, metadataGetter) : read(known, metadata);
  }
}

function isRegistered(): boolean {
  return propagation.fields().length > 0;
}

function read(base: OtelContext, metadata: ReadonlyMetadata): OtelContext {
  const remote = parseTrace(metadata);
  if (remote === undefined) return base;
  const { traceId, spanId, sampled, state } = remote;
  return trace.setSpanContext(base, {
    traceId,
    spanId,
    traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
    traceState: state === undefined ? undefined : createTraceState(state),
  });
}

function write(active: OtelContext, metadata: Metadata): void {
  const { traceId, spanId, traceFlags, traceState } = trace.getSpanContext(active)!;
  metadata.set('traceparent', formatTrace({ traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 }));
  const state = traceState?.serialize();
  if (state) metadata.set('tracestate', state);
}
