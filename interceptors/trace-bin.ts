import {
  isSpanContextValid,
  type Context as OtelContext,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from '@opentelemetry/api';

const field = 'grpc-trace-bin';

/**
 * The propagator of services that still speak OpenCensus: a trace as the bytes of `grpc-trace-bin` (gRFC A72). Send it instead of W3C's
 * `traceparent`, not beside it: `tracing({ propagator: grpcTraceBin() })`. It carries no tracestate and no baggage.
 *
 * A propagator like any other: carriers of text, such as HTTP headers, get base64.
 */
export function grpcTraceBin(): TextMapPropagator {
  return {
    fields: () => [field],
    inject(context: OtelContext, carrier: unknown, setter: TextMapSetter): void {
      const span = trace.getSpanContext(context);
      if (span === undefined || !isSpanContextValid(span)) return;
      setter.set(carrier, field, Buffer.from(encodeTraceBin(span)).toString('base64'));
    },
    extract(context: OtelContext, carrier: unknown, getter: TextMapGetter): OtelContext {
      const text = [getter.get(carrier, field)].flat()[0];
      const span = text === undefined ? undefined : decodeTraceBin(Buffer.from(text, 'base64'));
      return span === undefined ? context : trace.setSpanContext(context, span);
    },
  };
}

const length = 29;
const at = { version: 0, traceId: 1, spanId: 18, options: 27 } as const;

/** 29 bytes: a version, and three fields with their number before them: trace id, span id, flags (OpenCensus binary encoding). */
export function encodeTraceBin({ traceId, spanId, traceFlags }: SpanContext): Uint8Array {
  const bytes = Buffer.alloc(length);
  bytes.write(traceId, at.traceId + 1, 'hex');
  bytes[at.spanId] = 1;
  bytes.write(spanId, at.spanId + 1, 'hex');
  bytes[at.options] = 2;
  bytes[at.options + 1] = traceFlags & 0xff;
  return bytes;
}

/** Undefined for what is no such trace. Flags may be left out, and fields of later versions may follow. */
export function decodeTraceBin(bytes: Uint8Array): SpanContext | undefined {
  if (bytes.length < at.options || bytes.length > maxLength) return undefined;
  if (bytes[at.version] !== 0 || bytes[at.traceId] !== 0 || bytes[at.spanId] !== 1) return undefined;
  const hex = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString('hex');
  const hasFlags = bytes.length >= length && bytes[at.options] === 2;
  const span = {
    traceId: hex(at.traceId + 1, at.spanId),
    spanId: hex(at.spanId + 1, at.options),
    traceFlags: hasFlags ? bytes[at.options + 1]! & 1 : 0,
    isRemote: true,
  };
  return isSpanContextValid(span) ? span : undefined;
}

const maxLength = 256;
