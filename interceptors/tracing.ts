import {
  context,
  isSpanContextValid,
  type Context as OtelContext,
  ProxyTracerProvider,
  type Span,
  SpanKind,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { type Call, checkOptions, type Interceptor, otelContextKey } from 'flowrpc';
import { attemptsOn } from './tracing/tracing-attempts.ts';
import { addProcess, spanName, startAttributes } from './tracing/tracing-attributes.ts';
import { type ExceptionPolicy, endSpan } from './tracing/tracing-end.ts';
import { messagesOn } from './tracing/tracing-messages.ts';
import { metadataKeys, recordMetadata, recordResponses } from './tracing/tracing-metadata.ts';
import { warnOfOverlap } from './tracing/tracing-overlap.ts';
import { TracePropagation } from './tracing/tracing-propagation.ts';

/** Whose conventions spans follow: OpenTelemetry's, or gRPC's own (gRFC A72). */
export type TraceNames = 'otel' | 'grpc';

export interface TracingOptions {
  /** Default: the global tracer provider's, whenever it is registered. */
  tracer?: Tracer;
  /** Default: the registered one, W3C `traceparent` and `tracestate` when there is none. */
  propagator?: TextMapPropagator;
  /**
   * `otel`: `pkg.Service/Method`, attempts as events. `grpc`: `Sent.…`, `Recv.…`, an `Attempt.…` span for each attempt, and an event for
   * each message, which costs one more encoding of it. Default `otel`.
   */
  names?: TraceNames;
  /** Keys of the caller's metadata that become attributes, `rpc.request.metadata.<key>`. Full names only. Default none. */
  requestMetadata?: readonly string[];
  /** Keys of header and trailer that do, `rpc.response.metadata.<key>`. Default none. */
  responseMetadata?: readonly string[];
  /** Where errors go that a call failed with: an event of the span, nowhere, or your function. Default `event`. */
  exceptions?: ExceptionPolicy;
}

/**
 * One OpenTelemetry span for each call and side, from its start to its status: streams for their whole life, a client's retries in
 * one (RPC semantic conventions 1.44). The server's continues the caller's trace and is active in the handler; the client's is sent
 * along. Around nodes and edges of a graph it says which. Without an SDK it steps aside, and so does a second one on the same call.
 */
export function tracing({
  tracer: own,
  propagator,
  names = 'otel',
  requestMetadata = [],
  responseMetadata = [],
  exceptions = 'event',
  ...rest
}: TracingOptions = {}): Interceptor {
  checkOptions('tracing', rest, optionNames);
  checkChoices(names, exceptions);
  warnOfOverlap();
  const tracer = own ?? trace.getTracer('flowrpc');
  const propagation = new TracePropagation(propagator);
  const requestKeys = metadataKeys('requestMetadata', requestMetadata);
  const responseKeys = metadataKeys('responseMetadata', responseMetadata);
  return async function tracing(call, next) {
    if ((own === undefined && isUnregistered()) || call.get(otelContextKey) !== undefined) return next(call);
    const server = call.side === 'server';
    const parent = propagation.parentOf(call);
    const kind = server ? SpanKind.SERVER : SpanKind.CLIENT;
    const span = tracer.startSpan(spanName(call, names), { kind, attributes: startAttributes(call) }, parent);
    if (!isOwn(span, parent)) return next(call);
    const active = trace.setSpan(parent, span);
    const traced = call.with(otelContextKey, active);
    const sent = server ? traced : propagation.injected(traced, active);
    if (!span.isRecording()) return context.with(active, () => next(sent));
    addProcess(span, call);
    recordMetadata(span, 'request', requestKeys, call.metadata);
    const status = await context.with(active, () => next(observed(sent, span, active)));
    recordMetadata(span, 'response', responseKeys, status.trailer);
    endSpan(span, call, status, exceptions);
    return status;
  };

  function observed(call: Call, span: Span, active: OtelContext): Call {
    const seen = attemptsOn(span, call, names === 'grpc' ? { tracer, active } : undefined);
    const counted = names === 'grpc' ? messagesOn(span, seen) : seen;
    return responseKeys.length === 0 ? counted : recordResponses(span, responseKeys, counted);
  }
}

const optionNames = ['tracer', 'propagator', 'names', 'requestMetadata', 'responseMetadata', 'exceptions'];

const noProvider = new ProxyTracerProvider().getDelegate();

/** No SDK yet: spares the work of asking for a span. */
function isUnregistered(): boolean {
  const provider = trace.getTracerProvider();
  return provider instanceof ProxyTracerProvider && provider.getDelegate() === noProvider;
}

/** The API without an SDK gives back the parent's context, or an invalid one: nothing of ours to send or record. */
function isOwn(span: Span, parent: OtelContext): boolean {
  const own = span.spanContext();
  return isSpanContextValid(own) && own.spanId !== trace.getSpanContext(parent)?.spanId;
}

function checkChoices(names: unknown, exceptions: unknown): void {
  if (names !== 'otel' && names !== 'grpc')
    throw new TypeError(`Cannot name spans by ${JSON.stringify(names)}: wanted "otel" or "grpc"`);
  if (exceptions !== 'event' && exceptions !== 'off' && typeof exceptions !== 'function')
    throw new TypeError(`Cannot tell exceptions to ${JSON.stringify(exceptions)}: wanted "event", "off" or a function`);
}
