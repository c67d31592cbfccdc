import { context, propagation, SpanKind, type TextMapPropagator, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';

/** An SDK as a program registers one, which keeps what it records. */
export class RecordedSpans {
  readonly #exporter = new InMemorySpanExporter();
  readonly #provider: NodeTracerProvider;

  constructor({ propagator, sampler }: { propagator?: TextMapPropagator | null; sampler?: Sampler } = {}) {
    this.#provider = new NodeTracerProvider({
      ...(sampler !== undefined && { sampler }),
      spanProcessors: [new SimpleSpanProcessor(this.#exporter)],
    });
    this.#provider.register({ contextManager: new AsyncLocalStorageContextManager(), propagator });
  }

  get all(): readonly ReadableSpan[] {
    return this.#exporter.getFinishedSpans();
  }

  get clients(): readonly ReadableSpan[] {
    return this.all.filter(({ kind }) => kind === SpanKind.CLIENT);
  }

  get servers(): readonly ReadableSpan[] {
    return this.all.filter(({ kind }) => kind === SpanKind.SERVER);
  }

  /** Each span as `name < name of its parent`, outermost last; several traces are an error. */
  get tree(): readonly string[] {
    const names = new Map(this.all.map((span) => [span.spanContext().spanId, label(span)]));
    if (new Set(this.all.map((span) => span.spanContext().traceId)).size > 1) throw new Error('Several traces');
    return this.all.map((span) => {
      const parent = span.parentSpanContext?.spanId;
      return `${label(span)} < ${parent === undefined ? 'nothing' : (names.get(parent) ?? 'unknown')}`;
    });
  }

  async unregister(): Promise<void> {
    trace.disable();
    context.disable();
    propagation.disable();
    await this.#provider.shutdown();
  }
}

function label({ kind, name }: ReadableSpan): string {
  const side = { [SpanKind.CLIENT]: 'call', [SpanKind.SERVER]: 'serve', [SpanKind.INTERNAL]: 'own' } as const;
  return `${side[kind as keyof typeof side]} ${name}`;
}
