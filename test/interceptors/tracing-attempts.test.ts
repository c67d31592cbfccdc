import { SpanStatusCode } from '@opentelemetry/api';
import { Code, StatusError } from 'flowrpc';
import { hedging, retry, type TracingOptions, tracing } from 'flowrpc/interceptors';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AnyHandler, everyKind, kinds, run, shout } from '../suites/kinds.ts';
import { type SetupOptions, setup, type TestTransport, transports } from '../suites/transports.ts';
import { RecordedSpans } from './tracing/recorded-spans.ts';

const inProcess = transports[0] as TestTransport;
let spans: RecordedSpans;
beforeEach(() => {
  spans = new RecordedSpans();
});
afterEach(() => spans.unregister());

const both = (options: TracingOptions = {}): SetupOptions => ({
  client: { interceptors: [tracing(options)] },
  server: { interceptors: [tracing(options)] },
});

/** Fails as often as told, with UNAVAILABLE, and then answers. */
function flaky(failures: number): AnyHandler {
  let left = failures;
  return (requests, context) => {
    if (left-- > 0) throw new StatusError(Code.UNAVAILABLE, 'Not yet');
    return shout(requests, context);
  };
}

describe('attempts in spans of tracing()', () => {
  test('are events; a call that succeeds at once has none', async () => {
    await using probe = await setup(inProcess, {
      handlers: everyKind(flaky(2)),
      client: { interceptors: [tracing(), retry({ attempts: 3, baseDelayMs: 1, nonIdempotent: true })] },
    });

    await run(probe.client, 'unary');
    await run(probe.client, 'unary');

    const [flakyCall, good] = spans.clients;
    expect(flakyCall!.events).toMatchObject([
      event('ended', { number: 1 }, 'UNAVAILABLE'),
      event('started', { number: 2, hedge: false, transparent: false }),
      event('ended', { number: 2 }, 'UNAVAILABLE'),
      event('started', { number: 3, hedge: false, transparent: false }),
      event('ended', { number: 3 }, 'OK'),
    ]);
    expect(flakyCall!.status.code).toBe(SpanStatusCode.UNSET);
    expect(good!.events).toEqual([]);
  });

  test("are spans of their own with gRPC's names, each with what went before", async () => {
    await using probe = await setup(inProcess, {
      handlers: everyKind(flaky(2)),
      client: {
        interceptors: [tracing({ names: 'grpc' }), retry({ attempts: 3, baseDelayMs: 1, nonIdempotent: true })],
      },
    });

    await run(probe.client, 'unary');

    expect(spans.tree).toEqual([
      ...Array(3).fill('own Attempt.suite.Probe.Unary < call Sent.suite.Probe.Unary'),
      'call Sent.suite.Probe.Unary < nothing',
    ]);
    expect(spans.all.slice(0, 3).map(({ attributes }) => attributes)).toEqual([
      attempt(0, 'UNAVAILABLE'),
      attempt(1, 'UNAVAILABLE'),
      attempt(2, 'OK'),
    ]);
  });

  test('of hedging() are seen beside each other', async () => {
    let tries = 0;
    await using probe = await setup(inProcess, {
      handlers: everyKind(async function* uneven(requests, context) {
        tries += 1;
        if (tries === 1) await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
        yield* shout(requests, context);
      }),
      client: { interceptors: [tracing(), hedging({ delayMs: 5, nonIdempotent: true })] },
    });

    await run(probe.client, 'unary');

    const started = spans.clients[0]!.events.filter(({ name }) => name === 'flowrpc.attempt.started');
    expect(started[0]!.attributes).toMatchObject({ 'flowrpc.attempt.number': 2, 'flowrpc.attempt.hedge': true });
  });
});

describe("tracing({ names: 'grpc' })", () => {
  test.each(kinds)('names spans and messages as gRFC A72 does, %s', async (kind) => {
    await using probe = await setup(inProcess, { handlers: everyKind(shout), ...both({ names: 'grpc' }) });

    await run(probe.client, kind);

    const method = `suite.Probe.${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
    expect(spans.clients[0]!.name).toBe(`Sent.${method}`);
    expect(spans.servers[0]!.name).toBe(`Recv.${method}`);
    const requests = kind === 'unary' || kind === 'serverStream' ? 1 : 2;
    const responses = kind === 'bidi' ? 2 : 1;
    for (const [span, out, back] of [
      [spans.clients[0]!, requests, responses],
      [spans.servers[0]!, responses, requests],
    ] as const) {
      const numbers = (name: string) =>
        span.events.filter((one) => one.name === name).map(({ attributes }) => attributes!['sequence-number']);
      expect(numbers('Outbound message')).toEqual([0, 1].slice(0, out));
      expect(numbers('Inbound message')).toEqual([0, 1].slice(0, back));
    }
    expect(spans.clients[0]!.events[0]!.attributes!['message-size']).toBeGreaterThan(0);
  });

  test('keeps names that strangers make up out of its own', async () => {
    await using probe = await setup(inProcess, both({ names: 'grpc' }));

    await probe.channel.call('/no.Such/Method', new Uint8Array()).status;

    expect(spans.all.map(({ name }) => name)).toEqual(['Recv.other', 'Sent.no.Such.Method']);
  });
});

function event(type: 'started' | 'ended', fields: object, code?: string): object {
  const attributes = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [`flowrpc.attempt.${name}`, value]),
  );
  return {
    name: `flowrpc.attempt.${type}`,
    attributes: code === undefined ? attributes : { ...attributes, 'rpc.status_code': code },
  };
}

function attempt(before: number, code: string): object {
  return {
    'previous-rpc-attempts': before,
    'transparent-retry': false,
    'rpc.status_code': code,
    ...(code !== 'OK' && { 'error.type': code }),
  };
}
