import { defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { Metadata } from 'flowrpc';
import { grpcTraceBin, tracing } from 'flowrpc/interceptors';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeTraceBin, encodeTraceBin } from '../../interceptors/trace-bin.ts';
import { everyKind, kinds, run, shout } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';
import { RecordedSpans } from './tracing/recorded-spans.ts';

const hex = (bytes: number) =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((array) => Buffer.from(array).toString('hex'))
    .filter((text) => !/^0+$/.test(text));
const span = fc.record({ traceId: hex(16), spanId: hex(8), traceFlags: fc.constantFrom(0, 1) });

describe('grpc-trace-bin', () => {
  test('is what it was after encode and decode', () => {
    fc.assert(
      fc.property(span, (given) => {
        expect(decodeTraceBin(encodeTraceBin(given))).toEqual({ ...given, isRemote: true });
      }),
    );
  });

  test('is the bytes that OpenCensus writes', () => {
    const bytes = encodeTraceBin({
      traceId: '404142434445464748494a4b4c4d4e4f',
      spanId: '6162636465666768',
      traceFlags: 1,
    });

    expect(Buffer.from(bytes).toString('hex')).toBe('0000404142434445464748494a4b4c4d4e4f0161626364656667680201');
  });

  test('any bytes are a valid span or none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const decoded = decodeTraceBin(bytes);
        if (decoded === undefined) return;
        expect(decoded.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
        expect(decoded.spanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
      }),
    );
  });

  test('one changed byte in its frame makes it no trace; cut short after the ids it has no flags', () => {
    fc.assert(
      fc.property(span, fc.constantFrom(0, 1, 18), fc.integer({ min: 1, max: 255 }), (given, at, by) => {
        const bytes = encodeTraceBin(given);
        bytes[at] = (bytes[at]! + by) % 256;
        expect(decodeTraceBin(bytes)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(span, fc.nat(28), (given, length) => {
        const cut = decodeTraceBin(encodeTraceBin(given).subarray(0, length));
        expect(cut).toEqual(length < 27 ? undefined : { ...given, traceFlags: 0, isRemote: true });
      }),
    );
  });
});

describe('grpcTraceBin()', () => {
  test('is a propagator for carriers of text too, as base64', () => {
    fc.assert(
      fc.property(span, (given) => {
        const carrier: Record<string, string> = {};
        grpcTraceBin().inject(trace.setSpanContext(ROOT_CONTEXT, given), carrier, defaultTextMapSetter);
        const context = grpcTraceBin().extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);

        expect(carrier['grpc-trace-bin']).toMatch(/^[\w+/]{39}=$/);
        expect(trace.getSpanContext(context)).toEqual({ ...given, isRemote: true });
      }),
    );
  });

  test('leaves a context without a span alone', () => {
    const carrier = {};
    grpcTraceBin().inject(ROOT_CONTEXT, carrier, defaultTextMapSetter);

    expect(carrier).toEqual({});
    expect(grpcTraceBin().extract(ROOT_CONTEXT, { 'grpc-trace-bin': '!' }, defaultTextMapGetter)).toBe(ROOT_CONTEXT);
  });
});

describe.each(transports.filter(({ name }) => name === 'in-process copy' || name === 'grpc tcp'))(
  'tracing({ propagator: grpcTraceBin() }), $name',
  (transport: TestTransport) => {
    let spans: RecordedSpans;
    beforeEach(() => {
      spans = new RecordedSpans({ propagator: null });
    });
    afterEach(() => spans.unregister());

    test.each(kinds)('carries the trace as bytes, and not as traceparent beside them, %s', async (kind) => {
      let seen = new Metadata();
      const old = tracing({ propagator: grpcTraceBin() });
      await using probe = await setup(transport, {
        handlers: everyKind((requests, call) => {
          seen = call.metadata.clone();
          return shout(requests, call);
        }),
        client: { interceptors: [old] },
        server: { interceptors: [old] },
      });

      await run(probe.client, kind);

      await expect.poll(() => spans.tree).toEqual([`serve ${at(kind)}`, `call ${at(kind)}`].map(under(kind)));
      expect(seen.get('grpc-trace-bin')).toHaveLength(29);
      expect(seen.has('traceparent')).toBe(false);
    });

    test('still understands callers that send traceparent', async () => {
      await using probe = await setup(transport, onSide('server', tracing({ propagator: grpcTraceBin() })));
      const traceId = 'a'.repeat(32);

      await run(probe.client, 'unary', { metadata: { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` } });

      expect(spans.servers[0]!.parentSpanContext).toMatchObject({ traceId, spanId: 'b'.repeat(16) });
    });

    test('can be the registered propagator as well', async () => {
      await spans.unregister();
      spans = new RecordedSpans({ propagator: grpcTraceBin() });
      let seen = new Metadata();
      await using probe = await setup(transport, {
        handlers: everyKind((requests, call) => {
          seen = call.metadata.clone();
          return shout(requests, call);
        }),
        client: { interceptors: [tracing()] },
        server: { interceptors: [tracing()] },
      });

      await run(probe.client, 'unary');

      expect(new Set(spans.all.map((one) => one.spanContext().traceId)).size).toBe(1);
      expect(seen.get('grpc-trace-bin')).toHaveLength(29);
      expect(seen.has('traceparent')).toBe(false);
    });
  },
);

function at(kind: string): string {
  return `suite.Probe/${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
}

/** The server's span lies under the client's, which begins the trace. */
function under(kind: string): (label: string) => string {
  return (label) => `${label} < ${label.startsWith('serve') ? `call ${at(kind)}` : 'nothing'}`;
}
