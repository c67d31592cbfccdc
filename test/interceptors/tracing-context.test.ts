import { context, createContextKey, propagation, trace } from '@opentelemetry/api';
import { connect, createServer, silentLogger } from 'flowrpc';
import { tracing } from 'flowrpc/interceptors';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { everyKind, kinds, run, shout, start } from '../suites/kinds.ts';
import { type Probe, ProbeService } from '../suites/probe-service.ts';
import { type SetupOptions, setup, type TestTransport, transports } from '../suites/transports.ts';
import { RecordedSpans } from './tracing/recorded-spans.ts';

let spans: RecordedSpans;
beforeEach(() => {
  spans = new RecordedSpans();
});
afterEach(() => spans.unregister());

const both = (): SetupOptions => ({
  client: { interceptors: [tracing()] },
  server: { interceptors: [tracing()] },
});
const activeId = (): string | undefined => trace.getActiveSpan()?.spanContext().spanId;

describe.each(transports.filter(({ name }) => name === 'in-process copy' || name === 'grpc tcp'))(
  'the span of tracing(), $name',
  (transport: TestTransport) => {
    test.each(['clientStream', 'bidi'] as const)('is active in the generator of requests, %s', async (kind) => {
      const seen: (string | undefined)[] = [];
      await using probe = await setup(transport, { handlers: everyKind(shout), ...both() });
      const requests = (async function* requests(): AsyncGenerator<Probe> {
        seen.push(activeId());
        yield { text: 'a', n: 1 };
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(activeId());
        yield { text: 'b', n: 2 };
      })();

      await run(probe.client, kind, {}, requests as never);

      expect(seen).toEqual(Array(2).fill(spans.clients[0]!.spanContext().spanId));
    });

    test.each(kinds)('is active in a handler between its messages, whoever asks for them, %s', async (kind) => {
      const seen: (string | undefined)[] = [];
      await using probe = await setup(transport, {
        handlers: everyKind(async function* slow(requests, call) {
          for await (const message of shout(requests, call)) {
            await new Promise((resolve) => setTimeout(resolve, 1));
            seen.push(activeId());
            yield message;
          }
          seen.push(activeId());
        }),
        ...both(),
      });

      await trace.getTracer('mine').startActiveSpan('mine', async (span) => {
        const call = start(probe.client, kind);
        if ('then' in call) await call;
        else for await (const _message of call) await new Promise((resolve) => setImmediate(resolve));
        span.end();
      });

      await expect.poll(() => spans.servers).toHaveLength(1);
      expect(new Set(seen)).toEqual(new Set([spans.servers[0]!.spanContext().spanId]));
    });

    test('does not stay active in whoever called, and the client goes under what was active there', async () => {
      await using probe = await setup(transport, { handlers: everyKind(shout), ...both() });

      const mine = await trace.getTracer('mine').startActiveSpan('mine', async (span) => {
        for await (const _message of probe.client.serverStream({ text: 'a', n: 1 }))
          expect(activeId()).toBe(span.spanContext().spanId);
        span.end();
        return span.spanContext().spanId;
      });

      expect(activeId()).toBeUndefined();
      expect(spans.clients[0]!.parentSpanContext?.spanId).toBe(mine);
    });

    test('takes baggage and nothing else of the caller along, by the registered propagator', async () => {
      const secret = createContextKey('secret');
      const seen: unknown[] = [];
      await using probe = await setup(transport, {
        handlers: everyKind((requests, call) => {
          const active = context.active();
          seen.push(propagation.getBaggage(active)?.getEntry('tenant')?.value, active.getValue(secret));
          return shout(requests, call);
        }),
        ...both(),
      });
      const baggage = propagation.createBaggage({ tenant: { value: 'acme' } });
      const outer = propagation.setBaggage(context.active().setValue(secret, 'mine'), baggage);

      await context.with(outer, () => run(probe.client, 'unary'));

      expect(seen).toEqual(['acme', undefined]);
    });
  },
);

test('calls that wait for a connection keep their parents', async () => {
  const server = createServer({ interceptors: [tracing()], logger: silentLogger }).add(ProbeService, everyKind(shout));
  const { address } = await server.listen('127.0.0.1:0');
  await using late = connect(address, { interceptors: [tracing()] });
  expect(late.state).toBe('idle');
  const client = late.client(ProbeService);
  const tracer = trace.getTracer('mine');

  const parents = await Promise.all(
    kinds.map((kind) =>
      tracer.startActiveSpan(kind, async (span) => {
        await run(client, kind, { waitForReady: true });
        span.end();
        return span.spanContext();
      }),
    ),
  );
  await server.close();

  for (const { traceId, spanId } of parents) {
    const call = spans.clients.find((span) => span.parentSpanContext?.spanId === spanId)!;
    const served = spans.servers.find((span) => span.parentSpanContext?.spanId === call.spanContext().spanId)!;
    expect([call.spanContext().traceId, served.spanContext().traceId]).toEqual([traceId, traceId]);
  }
});
