import { Code, codeName } from 'flowrpc';
import type { CallLabels, CallSeries, MetricsDialect } from './metrics-dialect.ts';
import type { Registry } from './prometheus-registry.ts';
import type { Counter } from './prometheus-series.ts';

const quantiles = [0.5, 0.95, 0.99, 0.999];

/**
 * The whole process in a few numbers: bytes, messages, failed calls and durations under `network_…` names, by side only. Bytes are those
 * of messages as encoded.
 */
export function networkDialect(registry: Registry): MetricsDialect {
  const labels = ['side'];
  const families = {
    received: registry.counter('network_bytes_received_total', { help: 'Bytes of messages received', labels }),
    sent: registry.counter('network_bytes_sent_total', { help: 'Bytes of messages sent', labels }),
    messagesReceived: registry.counter('network_messages_received_total', { help: 'Messages received', labels }),
    messagesSent: registry.counter('network_messages_sent_total', { help: 'Messages sent', labels }),
    seconds: registry.summary('network_request_duration_seconds', {
      help: 'Seconds that calls took: quantiles of the last minute',
      labels,
      quantiles,
    }),
    errors: registry.counter('network_errors_total', {
      help: 'Calls that ended with another status than OK',
      labels: [...labels, 'code'],
    }),
  };
  const bound = new Map<CallLabels['side'], CallSeries>();
  return {
    name: 'network',
    bind({ side }) {
      const known = bound.get(side);
      if (known !== undefined) return known;
      const received = families.received.labels(side);
      const sent = families.sent.labels(side);
      const messagesReceived = families.messagesReceived.labels(side);
      const messagesSent = families.messagesSent.labels(side);
      const seconds = families.seconds.labels(side);
      const errors: (Counter | undefined)[] = [];
      const series: CallSeries = {
        ended({ code }, duration) {
          seconds.observe(duration);
          if (code !== Code.OK) (errors[code] ??= families.errors.labels(side, codeName(code))).add();
        },
        moved(traffic) {
          received.add(traffic.receivedBytes);
          sent.add(traffic.sentBytes);
          messagesReceived.add(traffic.receivedMessages);
          messagesSent.add(traffic.sentMessages);
        },
      };
      bound.set(side, series);
      return series;
    },
  };
}
