import {
  type Attributes,
  context,
  createTraceState,
  isSpanContextValid,
  type Context as OtelContext,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import {
  type Call,
  Code,
  checkOptions,
  codeName,
  current,
  formatTrace,
  type Interceptor,
  type Metadata,
  parseTrace,
  type ReadonlyMetadata,
  type Status,
} from 'flowrpc';
import { endpointOf } from './endpoint.ts';

export interface TracingOptions {
  /** Default: the global tracer provider's, whenever it is registered. */
  tracer?: Tracer;
}

/**
 * One OpenTelemetry span for each call, from its start to its status: streams for their whole life, a client's retries in one
 * (RPC semantic conventions 1.44). The server's span continues the caller's trace and is active in the handler; the client's
 * is sent along. Uses the registered propagator, W3C `traceparent` when there is none. Without an SDK it steps aside.
 */
export function tracing({ tracer = trace.getTracer('flowrpc'), ...rest }: TracingOptions = {}): Interceptor {
  checkOptions('tracing', rest, ['tracer']);
  return async function tracing(call, next) {
    const server = call.side === 'server';
    const parent = server ? received(ROOT_CONTEXT, call.metadata) : surrounding();
    const name = call.method.known ? methodName(call) : 'grpc';
    const kind = server ? SpanKind.SERVER : SpanKind.CLIENT;
    const span = tracer.startSpan(name, { kind, attributes: attributesOf(call) }, parent);
    // The API without an SDK gives back the parent's context, or an invalid one: nothing of ours to send or record.
    if (!isOwn(span, parent)) return next(call);
    const active = trace.setSpan(parent, span);
    const status = await context.with(active, () => next(server ? call : injected(call, active, span)));
    end(span, status, server);
    return status;
  };
}

function isOwn(span: Span, parent: OtelContext): boolean {
  const { spanId } = span.spanContext();
  return isSpanContextValid(span.spanContext()) && spanId !== trace.getSpanContext(parent)?.spanId;
}

/** What an outgoing call is part of: the active span, else what the server call being handled was sent. */
function surrounding(): OtelContext {
  const active = context.active();
  const serving = trace.getSpan(active) === undefined ? current() : undefined;
  return serving === undefined ? active : received(active, serving.metadata);
}

function received(base: OtelContext, metadata: ReadonlyMetadata): OtelContext {
  if (propagation.fields().length > 0) return propagation.extract(base, metadata, getter);
  const remote = parseTrace(metadata);
  if (remote === undefined) return base;
  const { traceId, spanId, sampled, state } = remote;
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(base, {
    traceId,
    spanId,
    traceFlags,
    isRemote: true,
    traceState: state === undefined ? undefined : createTraceState(state),
  });
}

function injected(call: Call, active: OtelContext, span: Span): Call {
  return call.withMetadata((metadata) => {
    if (propagation.fields().length > 0) return propagation.inject(active, metadata, setter);
    const { traceId, spanId, traceFlags, traceState } = span.spanContext();
    metadata.set('traceparent', formatTrace({ traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 }));
    const state = traceState?.serialize();
    if (state) metadata.set('tracestate', state);
    else metadata.delete('tracestate');
  });
}

const getter: TextMapGetter<ReadonlyMetadata> = {
  get: (metadata, key) => metadata.getAll(key).join(',') || undefined,
  keys: (metadata) => [...metadata.keys()],
};

const setter = { set: (metadata: Metadata, key: string, value: string): Metadata => metadata.set(key, value) };

function methodName({ method }: Call): string {
  return method.path.slice(1);
}

const maxPathLength = 128;

function attributesOf(call: Call): Attributes {
  const attributes: Attributes = {
    'rpc.system.name': 'grpc',
    'rpc.method': call.method.known ? methodName(call) : '_OTHER',
  };
  if (!call.method.known) attributes['rpc.method_original'] = methodName(call).slice(0, maxPathLength);
  return Object.assign(attributes, call.side === 'client' ? targetOf(call) : socketOf(call));
}

function targetOf({ peer }: Call): Attributes {
  const { address, port } = endpointOf(peer.address);
  return port === undefined ? { 'server.address': address } : { 'server.address': address, 'server.port': port };
}

/** What a server is called by (:authority) does not get this far; who connected does, when it was over a network. */
function socketOf({ peer }: Call): Attributes {
  const { address, port } = endpointOf(peer.address);
  if (port !== undefined) return { 'network.peer.address': address, 'network.peer.port': port };
  return peer.address.startsWith('unix:') ? { 'network.peer.address': address } : {};
}

/** What counts as the server's own failure; other codes say that the caller asked for what it could not have. */
const serverErrors = new Set<Code>([
  Code.UNKNOWN,
  Code.DEADLINE_EXCEEDED,
  Code.UNIMPLEMENTED,
  Code.INTERNAL,
  Code.UNAVAILABLE,
  Code.DATA_LOSS,
]);

function end(span: Span, { code, message, cause }: Status, server: boolean): void {
  const name = codeName(code);
  span.setAttribute('rpc.status_code', name);
  if (server ? serverErrors.has(code) : code !== Code.OK) {
    span.setAttribute('error.type', name);
    span.setStatus({ code: SpanStatusCode.ERROR, message: message === '' ? undefined : message });
    if (cause instanceof Error) span.recordException(cause);
  }
  span.end();
}
