import { context, isSpanContextValid, TraceFlags, trace } from '@opentelemetry/api';
import { Code } from 'flowrpc';
import { goCode, goKinds } from '../calls/go-names.ts';
import type { CallLabels, CallSeries, MetricsDialect } from './metrics-dialect.ts';
import type { Registry } from './prometheus-registry.ts';
import type { Counter } from './prometheus-series.ts';

const labels = ['grpc_type', 'grpc_service', 'grpc_method'];

/**
 * The names of go-grpc-prometheus, so that dashboards made for Go services fit: `grpc_server_started_total`, `…_handled_total` by code,
 * `…_msg_received_total`, `…_msg_sent_total` and `…_handling_seconds`, and the same for clients.
 */
export function prometheusDialect(
  registry: Registry,
  { bounds, exemplars }: { bounds: readonly number[]; exemplars: boolean },
): MetricsDialect {
  const families = { server: familiesOf(registry, 'server', bounds), client: familiesOf(registry, 'client', bounds) };
  return { name: 'prometheus', bind: (call) => seriesOf(families[call.side], call, exemplars) };
}

function familiesOf(registry: Registry, side: 'client' | 'server', bounds: readonly number[]) {
  const whose = side === 'server' ? 'this server' : 'clients of this process';
  return {
    started: registry.counter(`grpc_${side}_started_total`, { help: `Calls begun on ${whose}`, labels }),
    handled: registry.counter(`grpc_${side}_handled_total`, {
      help: `Calls ended on ${whose}, by status`,
      labels: [...labels, 'grpc_code'],
    }),
    received: registry.counter(`grpc_${side}_msg_received_total`, { help: `Messages received by ${whose}`, labels }),
    sent: registry.counter(`grpc_${side}_msg_sent_total`, { help: `Messages sent by ${whose}`, labels }),
    seconds: registry.histogram(`grpc_${side}_handling_seconds`, {
      help: `Seconds from begin to end of calls on ${whose}`,
      labels,
      bounds,
    }),
  };
}

function seriesOf(
  families: ReturnType<typeof familiesOf>,
  { kind, known, service, method }: CallLabels,
  exemplars: boolean,
): CallSeries {
  const values = [known ? goKinds[kind] : 'other', service, method];
  const started = families.started.labels(...values);
  const sent = families.sent.labels(...values);
  const received = families.received.labels(...values);
  const seconds = families.seconds.labels(...values);
  const handled: (Counter | undefined)[] = [];
  const handledWith = (code: Code): Counter => (handled[code] ??= families.handled.labels(...values, goCode(code)));
  return {
    prepare() {
      for (const code of Object.values(Code)) handledWith(code);
    },
    started: () => started.add(),
    ended({ code }, duration) {
      handledWith(code).add();
      seconds.observe(duration, exemplars ? sampledTraceId() : undefined);
    },
    moved({ sentMessages, receivedMessages }) {
      sent.add(sentMessages);
      received.add(receivedMessages);
    },
  };
}

/** Of the active span, if somebody records it. */
function sampledTraceId(): string | undefined {
  const span = trace.getSpanContext(context.active());
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  return (span.traceFlags & TraceFlags.SAMPLED) === 0 ? undefined : span.traceId;
}
