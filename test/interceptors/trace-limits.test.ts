import fc from 'fast-check';
import { type Context, connect, createServer, inProcess, Metadata, parseTrace, silentLogger } from 'flowrpc';
import { tracing } from 'flowrpc/interceptors';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { everyKind, run, shout } from '../suites/kinds.ts';
import { ProbeService } from '../suites/probe-service.ts';
import { setup, type TestTransport, transports } from '../suites/transports.ts';
import { RecordedSpans } from './tracing/recorded-spans.ts';

const traceId = 'a'.repeat(32);
const traceparent = `00-${traceId}-${'b'.repeat(16)}-01`;
const state = (tracestate: string) => parseTrace(new Metadata({ traceparent, tracestate }))!.state;
const members = (count: number) => Array.from({ length: count }, (_, i) => `k${i}=v`).join(',');

describe('parseTrace() keeps of a tracestate (Trace Context, 3.3)', () => {
  test('one within 512 characters and 32 members, dropping any other whole (M-10)', () => {
    expect(state(members(32))).toBe(members(32));
    expect(state(members(33))).toBeUndefined();
    expect(state(`v=${'x'.repeat(256)},w=${'x'.repeat(251)}`)).toHaveLength(512);
    expect(state(`v=${'x'.repeat(256)},w=${'x'.repeat(252)}`)).toBeUndefined();
    expect(state('v'.repeat(10_000))).toBeUndefined();
  });

  test.each(['v=1,', 'v=1, w=2', 'a-b_c*d/e=1', 'tenant@system=x y', '1v=1', ',,v=1'])('%j, which is legal', (text) => {
    expect(state(text)).toBe(text.trim());
  });

  test.each(['v', '=1', 'V=1', 'v=', 'v=1=2', 'a@b@c=1', 'v@=1', `${'k'.repeat(257)}=1`, `v=${'x'.repeat(257)}`])(
    'nothing of %j, which is not',
    (text) => {
      expect(state(text)).toBeUndefined();
    },
  );

  test('nothing that could not be sent on, whatever it is', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { maxLength: 40 }), (values) => {
        const received = Metadata.received(
          new Map([
            ['traceparent', [traceparent]],
            ['tracestate', values],
          ]),
        );
        const kept = parseTrace(received)!.state;
        if (kept !== undefined) new Metadata({ tracestate: kept });
        expect(kept?.length ?? 0).toBeLessThanOrEqual(512);
      }),
    );
  });
});

test('parseTrace() takes no trace from two of them', () => {
  expect(parseTrace(new Metadata({ traceparent: [traceparent, traceparent] }))).toBeUndefined();
});

/** What the second of two services gets, when a stranger sends the first one this. */
async function passedOn(
  transport: TestTransport,
  metadata: Record<string, string>,
  traced: boolean,
): Promise<Metadata> {
  let seen = new Metadata();
  const limits = { maxMetadataBytes: 64 * 1024 };
  const interceptors = traced ? [tracing()] : [];
  await using second = await setup(transport, {
    handlers: everyKind((requests, call) => {
      seen = call.metadata.clone();
      return shout(requests, call);
    }),
    client: { interceptors },
  });
  await using first = await setup(transport, {
    handlers: everyKind(async function* relay(requests) {
      for await (const request of requests) yield* (await run(second.client, 'unary', {}, [request])).messages;
    }),
    server: { interceptors, limits, connection: { maxHeaderBytes: 64 * 1024 } },
    client: transport.wire ? { maxMetadataBytes: 64 * 1024 } : {},
  });
  await run(first.client, 'unary', { metadata });
  return seen;
}

describe.each([
  ['no SDK', undefined],
  ['an SDK and W3C propagators', {}],
  ['an SDK and no propagator', { propagator: null }],
])('a hostile trace with %s', (_what, sdk) => {
  let spans: RecordedSpans | undefined;
  beforeEach(() => {
    spans = sdk && new RecordedSpans(sdk);
  });
  afterEach(() => spans?.unregister());

  test.each(transports.filter(({ name }) => name === 'in-process copy' || name === 'grpc tcp'))(
    'goes on without its oversize tracestate and baggage, over $name (M-10)',
    async (transport) => {
      const metadata = { traceparent, tracestate: `v=${'x'.repeat(10_000)}`, baggage: `k=${'x'.repeat(9_000)}` };

      const seen = await passedOn(transport, metadata, spans !== undefined);

      expect(parseTrace(seen)!.traceId).toBe(traceId);
      expect(seen.has('tracestate')).toBe(false);
      expect(seen.has('baggage')).toBe(false);
    },
  );

  test('goes on with a tracestate and baggage that are within bounds', async () => {
    const metadata = { traceparent, tracestate: 'v=1,w=2', baggage: 'k=1' };

    const seen = await passedOn(transports[0]!, metadata, spans !== undefined);

    expect(parseTrace(seen)).toMatchObject({ traceId, state: 'v=1,w=2' });
    expect(seen.get('baggage')).toBe('k=1');
  });
});

test('what the default limits of metadata refuse never gets as far as that (M-10)', async () => {
  await using server = createServer({ logger: silentLogger }).add(ProbeService, everyKind(shout));
  await using channel = connect(inProcess(server));

  const { status } = await run(channel.client(ProbeService), 'unary', {
    metadata: { traceparent, tracestate: 'v'.repeat(10_000) },
  });

  expect(status.message).toContain('metadata');
});

test('an explicit parent is whose trace a call is part of, whatever is active', async () => {
  const spans = new RecordedSpans();
  try {
    const parents: Context[] = [];
    await using probe = await setup(transports[0]!, {
      handlers: everyKind(async function* keep(requests, call) {
        parents.push(call);
        if (parents.length < 3) for await (const request of requests) yield request;
        else yield* shout(requests, call);
      }),
      server: { interceptors: [tracing()] },
      client: { interceptors: [tracing()] },
    });
    await run(probe.client, 'unary');
    await run(probe.client, 'unary');
    const [first, second] = spans.servers.map((span) => span.spanContext());

    await run(probe.client, 'unary', { parent: parents[0] });
    await run(probe.client, 'unary', { parent: parents[1] });

    expect(spans.clients.slice(2).map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual([
      first!.spanId,
      second!.spanId,
    ]);
  } finally {
    await spans.unregister();
  }
});
