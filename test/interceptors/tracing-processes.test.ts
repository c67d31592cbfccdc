import { connect } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { type Kind, kinds, run } from '../suites/kinds.ts';
import { ProbeService } from '../suites/probe-service.ts';
import { startCollector } from './tracing/collector.ts';
import { startService, type ToldSpan } from './tracing/processes.ts';

const serve = 2;
const call = 3;
const traceId = '0af7651916cd43dd8448eb211c80319c';
const caller = 'b7ad6b7169203331';

/** The services from the back to the front, each in a process of its own. */
async function threeServices(env: NodeJS.ProcessEnv = {}) {
  const back = await startService('back', '', env);
  const middle = await startService('middle', back.address, env);
  const front = await startService('front', middle.address, env);
  return {
    front,
    end: async () => [...(await front.end()), ...(await middle.end()), ...(await back.end())],
    async [Symbol.asyncDispose]() {
      await Promise.all([front, middle, back].map((service) => service[Symbol.asyncDispose]()));
    },
  };
}

/** From the caller's own span to the last node: what lies on the way of one message. */
function wayOf(kind: string, through: string): readonly (readonly [service: string, kind: number, name: string])[] {
  return [
    ['front', serve, `suite.Probe/${kind}`],
    ['front', call, `suite.Probe/${through}`],
    ['middle', serve, `suite.Probe/${through}`],
    ['middle', serve, 'default.first/In'],
    ['middle', call, 'default.second/In'],
    ['middle', serve, 'default.second/In'],
    ['middle', call, 'default.last/In'],
    ['back', serve, 'default.last/In'],
    ['back', call, 'default.end/In'],
    ['back', serve, 'default.end/In'],
  ];
}

/** The ways from the caller's span to the spans without children. */
function ways(spans: readonly ToldSpan[]): readonly (readonly [string, number, string])[][] {
  const children = (id: string): ToldSpan[] => spans.filter(({ parent }) => parent === id);
  const below = (id: string): (readonly [string, number, string])[][] => {
    const next = children(id);
    if (next.length === 0) return [[]];
    return next.flatMap((span) =>
      below(span.spanId).map((way) => [[span.service, span.kind, span.name] as const, ...way]),
    );
  };
  return below(caller);
}

/** Descriptors are asked for when an edge first needs them; that is nobody's trace. */
const ours = (spans: readonly ToldSpan[]): ToldSpan[] =>
  spans.filter((span) => !span.name.startsWith('grpc.reflection'));
const capital = (kind: Kind): string => `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;

const twelve = Array.from({ length: 12 }, (_, n) => ({ text: 'x', n }));

describe('one trace over three processes and a graph, by tracing() and an SDK', { timeout: 60_000 }, () => {
  test('has the right parent at every hop, for calls of every kind that began together before anything was connected', async () => {
    await using services = await threeServices();
    await using channel = connect(services.front.address, { trace: false });
    const client = channel.client(ProbeService);
    const traced = [...kinds, ...kinds].map((kind, n) => ({ kind, id: `${n + 1}`.repeat(32) }));

    const outcomes = await Promise.all(
      traced.map(({ kind, id }) => run(client, kind, { metadata: { traceparent: `00-${id}-${caller}-01` } })),
    );
    const spans = await services.end();

    for (const { status } of outcomes) expect(status).toMatchObject({ code: 0, message: '' });
    for (const { kind, id } of traced) {
      const one = wayOf(capital(kind), 'Unary');
      const two = wayOf(capital(kind), 'Bidi');
      const own = spans.filter((span) => span.traceId === id);
      expect(ways(own), kind).toEqual(kind === 'unary' || kind === 'serverStream' ? [one] : [one, two]);
    }
    const known = new Set(traced.map(({ id }) => id));
    expect(ours(spans).filter((span) => !known.has(span.traceId))).toEqual([]);
  });

  test('arrives at a collector by the OTLP exporter, a long stream as one span over all calls made for it (#138)', async () => {
    await using collector = await startCollector();
    await using services = await threeServices({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
    await using channel = connect(services.front.address, { trace: false });
    const metadata = { traceparent: `00-${traceId}-${caller}-01` };

    const { messages } = await run(channel.client(ProbeService), 'bidi', { metadata }, twelve);
    await services.end();

    expect(messages).toHaveLength(twelve.length);
    expect(new Set(collector.requests.map(({ path, type }) => `${path} ${type}`))).toEqual(
      new Set(['/v1/traces application/json']),
    );
    const spans = ours(collector.spans);
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    const way = (n: number) => wayOf('Bidi', n % 2 === 0 ? 'Bidi' : 'Unary');
    expect(ways(spans).map(String).sort()).toEqual(twelve.map(({ n }) => String(way(n))).sort());
    const front = spans.filter(({ service, kind }) => service === 'front' && kind === serve);
    expect(front).toMatchObject([{ name: 'suite.Probe/Bidi', parent: caller }]);
    const nodes = spans.flatMap(({ node }) => node ?? []);
    expect(new Set(nodes)).toEqual(new Set(['default.first', 'default.second', 'default.last', 'default.end']));
  });
});
