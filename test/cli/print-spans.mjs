// An OpenTelemetry SDK as a user would bring one: prints each span to stderr, one JSON object a line.
import { NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';

const exporter = {
  export(spans, done) {
    for (const span of spans) {
      const { traceId, spanId } = span.spanContext();
      const line = { name: span.name, kind: span.kind, traceId, spanId, parent: span.parentSpanContext?.spanId };
      process.stderr.write(`${JSON.stringify(line)}\n`);
    }
    done({ code: 0 });
  },
  shutdown: async () => {},
};

new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
