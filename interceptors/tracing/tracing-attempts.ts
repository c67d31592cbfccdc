import { type Attributes, type Context as OtelContext, type Span, SpanKind, type Tracer } from '@opentelemetry/api';
import { type Call, Code, codeName } from 'flowrpc';
import { type AttemptEvent, onAttempt } from '../retry/attempts.ts';
import { dottedName } from './tracing-attributes.ts';
import { setStatus } from './tracing-end.ts';

/** What spans of attempts are made with. */
export interface AttemptSpans {
  readonly tracer: Tracer;
  /** With the call's span, their parent. */
  readonly active: OtelContext;
}

/**
 * Tells the span of the attempts that `retry()` and `hedging()` further in make: as events, which one attempt that succeeds has none
 * of, or each as a span of its own.
 */
export function attemptsOn(span: Span, call: Call, spans: AttemptSpans | undefined): Call {
  return onAttempt(call, spans === undefined ? (event) => addEvent(span, event) : spansOf(call, spans));
}

function addEvent(span: Span, event: AttemptEvent): void {
  const { number } = event;
  if (event.type === 'started') {
    if (number === 1) return;
    const { hedge, transparent, delayMs } = event;
    span.addEvent('flowrpc.attempt.started', {
      'flowrpc.attempt.number': number,
      'flowrpc.attempt.hedge': hedge,
      'flowrpc.attempt.transparent': transparent,
      'flowrpc.attempt.delay_ms': delayMs,
    });
    return;
  }
  if (event.status.code === Code.OK && number === 1) return;
  span.addEvent('flowrpc.attempt.ended', {
    'flowrpc.attempt.number': number,
    'flowrpc.attempt.duration_ms': event.durationMs,
    'rpc.status_code': codeName(event.status.code),
  });
}

/** gRFC A72: `Attempt.pkg.Service.Method`, with the attempts before it that a server may have seen. */
function spansOf({ method, side }: Call, { tracer, active }: AttemptSpans): (event: AttemptEvent) => void {
  const open = new Map<number, Span>();
  let transparentSoFar = 0;
  return (event) => {
    if (event.type === 'started') {
      if (event.transparent) transparentSoFar += 1;
      const attributes: Attributes = {
        'previous-rpc-attempts': event.number - 1 - transparentSoFar,
        'transparent-retry': event.transparent,
      };
      const options = { kind: SpanKind.INTERNAL, attributes };
      open.set(event.number, tracer.startSpan(`Attempt.${dottedName(method)}`, options, active));
      return;
    }
    const span = open.get(event.number);
    if (span === undefined) return;
    open.delete(event.number);
    setStatus(span, side, event.status);
    span.end();
  };
}
