import assert from 'node:assert/strict';
import { Metadata as GrpcMetadata, logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { Metadata, parseTrace, silentLogger, statusFrom } from 'flowrpc';
import { defaultLimits } from '../../../src/core/acceptor.ts';
import { codeOf } from '../../../src/core/code.ts';
import { formatTimeout, maxTimerMs, parseTimeout } from '../../../src/core/deadline.ts';
import { rawMethod } from '../../../src/core/method.ts';
import { clientStatus } from '../../../src/transport/grpc/client-status.ts';
import { metadataFromRaw } from '../../../src/transport/grpc/headers.ts';
import { statusTrailer } from '../../../src/transport/grpc/status-trailer.ts';
import { outgoingStatus } from '../../../src/transport/outgoing-status.ts';
import { decodeStatusDetails } from '../../../src/wire/status-details.ts';
import { lines } from '../shapes/lines.ts';
import type { FuzzTarget } from '../target.ts';

const route = { method: rawMethod('/a.B/C'), limits: defaultLimits, invoke: async () => statusFrom(0) };

/** What headers and trailers say, a line each: timeout, code, message, details, then pairs of any names and values. */
export function headers(): FuzzTarget {
  // It writes what peers sent to stderr.
  setLogVerbosity(logVerbosity.NONE);
  return {
    shape: lines,
    words: ['99999999H', '1n', '%', '%E4', '%C3%A4', '%00', '\n', 'traceparent', 'tracestate', 'grpc-status', '-bin'],
    run(input) {
      const [timeout = '', code = '', message = '', details = '', ...rest] = input.toString('latin1').split('\n');
      readTimeout(timeout);
      readStatus(code, message, details);
      writeStatus(Number(code), input.toString('utf8'));
      readPairs(rest);
    },
  };
}

function readTimeout(text: string): void {
  const ms = parseTimeout(text);
  assert.equal(ms !== undefined, /^\d{1,8}[HMSmun]$/.test(text), text);
  if (ms === undefined) return;
  assert(ms >= 0 && Number.isFinite(ms));
  const again = parseTimeout(formatTimeout(ms));
  assert(again !== undefined && again >= Math.min(ms, maxTimerMs) && again <= Math.min(ms, maxTimerMs) + 1_000);
}

/** As a client reads it, whatever a server sent. */
function readStatus(code: string, message: string, details: string): void {
  const metadata = GrpcMetadata.fromHttp2Headers({ 'grpc-status': code, 'grpc-message': message });
  const packed = Buffer.from(details, 'base64');
  metadata.set('grpc-status-details-bin', packed);
  const status = clientStatus({ code: Number(code), details: message, metadata });
  assert(Number.isInteger(status.code) && status.code >= 0 && status.code <= 16, code);
  assert(status.message.length <= 16 * 1024 + 1);
  assert(Array.isArray(status.details));
  decodeStatusDetails(packed);
}

/** Any text leaves as printable ASCII of bounded size, and comes back. */
function writeStatus(code: number, text: string): void {
  const status = outgoingStatus(statusFrom(codeOf(code) === 0 ? 2 : codeOf(code), text), route, silentLogger);
  const sent = String(statusTrailer(status, defaultLimits)['grpc-message'] ?? '');
  assert.match(sent, /^[\x20-\x7e]*$/);
  const back = decodeURIComponent(sent);
  assert(Buffer.byteLength(back) <= defaultLimits.maxStatusBytes);
  if (Buffer.byteLength(text) <= defaultLimits.maxStatusBytes) assert.equal(back, text.toWellFormed());
}

function readPairs(lines: readonly string[]): void {
  const received = metadataFromRaw(lines.slice(0, lines.length & ~1).map((line, at) => nameOr(line, at)));
  const trace = parseTrace(received);
  if (trace !== undefined) assert.match(trace.traceId, /^(?!0{32})[\da-f]{32}$/);
  const own = new Metadata();
  for (const [key, value] of received) {
    try {
      own.append(key, value);
    } catch (error) {
      assert(error instanceof TypeError);
      assert(!/is not a function|of undefined|of null/.test(error.message), error);
    }
  }
  assert(own.byteLength >= 0);
}

/** HTTP/2 has lower-case names alone. */
function nameOr(line: string, at: number): string {
  return at % 2 === 0 ? line.toLowerCase() : line;
}
