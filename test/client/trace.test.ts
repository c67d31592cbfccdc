import { context, propagation, type TextMapPropagator } from '@opentelemetry/api';
import fc from 'fast-check';
import {
  type Context,
  connect,
  createServer,
  inProcess,
  Metadata,
  parseTrace,
  type ReadonlyMetadata,
  silentLogger,
} from 'flowrpc';
import { afterEach, describe, expect, test } from 'vitest';
import { ProbeService } from '../suites/probe-service.ts';

afterEach(() => {
  propagation.disable();
  context.disable();
});

/** Metadata of a call, as its server saw it. */
async function seenBy(options: { metadata?: Record<string, string>; parent?: Context }): Promise<ReadonlyMetadata> {
  let seen: ReadonlyMetadata = new Metadata();
  await using server = createServer({ logger: silentLogger }).add(ProbeService, {
    unary: (request, { metadata }) => {
      seen = metadata;
      return request;
    },
  });
  await using channel = connect(inProcess(server));
  await channel.client(ProbeService).unary({ text: '', n: 0 }, options);
  return seen;
}

describe('trace', () => {
  test('goes out with the OpenTelemetry API alone, no SDK registered', async () => {
    const metadata = await seenBy({});

    expect(metadata.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    expect(parseTrace(metadata)).toBeDefined();
  });

  test('is left to the global propagator where one is registered', async () => {
    const propagator: TextMapPropagator = {
      inject: (_context, carrier, setter) => setter.set(carrier, 'x-custom-trace', 'yes'),
      extract: (active) => active,
      fields: () => ['x-custom-trace'],
    };
    propagation.setGlobalPropagator(propagator);

    expect((await seenBy({})).get('x-custom-trace')).toBe('yes');
  });

  test('is left as the caller set it', async () => {
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-00`;

    expect((await seenBy({ metadata: { traceparent } })).getAll('traceparent')).toEqual([traceparent]);
  });

  test('what a peer sent that cannot travel on is dropped, and harms no call', async () => {
    const received = Metadata.received(
      new Map([
        ['traceparent', [`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`]],
        ['tracestate', ['vendor=\u00ff']],
        ['baggage', ['k=\u0007']],
      ]),
    );

    const metadata = await seenBy({ parent: { ...standIn, metadata: received } });

    expect(parseTrace(metadata)!.traceId).toBe('a'.repeat(32));
    expect(metadata.has('tracestate')).toBe(false);
    expect(metadata.has('baggage')).toBe(false);
  });

  test('an oversize tracestate is dropped, the trace kept', () => {
    const trace = parseTrace(
      new Metadata({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'v'.repeat(10_000) }),
    );

    expect(trace).toMatchObject({ traceId: 'a'.repeat(32), state: undefined });
  });

  test('any text is a trace by the grammar, or none', () => {
    const zeros = /^0+$/;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.stringMatching(/^[\x20-\x7e]{0,60}$/),
          fc.stringMatching(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-x)?$/),
        ),
        (text) => {
          const trace = parseTrace(new Metadata({ traceparent: text }));

          const match = /^ *([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(text.trim());
          const legal =
            match !== null &&
            match[1] !== 'ff' &&
            !zeros.test(match[2]!) &&
            !zeros.test(match[3]!) &&
            (match[1] !== '00' || match[5] === undefined);
          expect(trace !== undefined).toBe(legal);
        },
      ),
    );
  });

  test.each([
    `ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`,
    `00-${'a'.repeat(32)}-${'0'.repeat(16)}-01`,
    `00-${'A'.repeat(32)}-${'b'.repeat(16)}-01`,
    `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01-more`,
    `00-${'a'.repeat(31)}-${'b'.repeat(16)}-01`,
    '',
  ])('%j is no trace', (traceparent) => {
    expect(parseTrace(new Metadata({ traceparent }))).toBeUndefined();
  });
});

/** A context made elsewhere, such as a node's. */
const standIn: Context = {
  method: ProbeService.methods.unary,
  side: 'server',
  peer: { address: 'elsewhere' },
  deadline: Number.POSITIVE_INFINITY,
  signal: new AbortController().signal,
  metadata: new Metadata(),
  get: ({ initial }) => initial,
};
