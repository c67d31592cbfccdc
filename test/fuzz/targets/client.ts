import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp2, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { connect } from 'flowrpc';
import { ProbeService } from '../../suites/probe-service.ts';
import { http2Frames } from '../shapes/frames.ts';
import { lines } from '../shapes/lines.ts';
import type { FuzzTarget } from '../target.ts';
import { splitInput } from './split-input.ts';

const kinds = ['unary', 'serverStream'] as const;
const timeoutMs = 250;
/** Servers of each sort: each answers from one input at a time. */
const slots = 16;

/**
 * Our client, and a server that answers from the input. What begins with `:` is headers, trailers (those that begin with `~`) and a body, sent by a server
 * that speaks HTTP/2 well; all else are frames behind its settings. Each call must end once, with a code of gRPC.
 */
export async function client(): Promise<FuzzTarget> {
  // It writes what peers sent to stderr.
  setLogVerbosity(logVerbosity.NONE);
  const free = await Promise.all(Array.from({ length: slots }, openSlot));
  const all = [...free];

  return {
    batch: 32,
    parallel: slots,
    shape: [...lines, ...http2Frames],
    words: [
      ...[
        '\0\0\0\x04\x01\0\0\0\0',
        '\0\0\x08\x07\0\0\0\0\0',
        '\0\0\x04\x03\0\0\0\0\x01',
        '\x88',
        '\0\0\0\0\x01\0\0\0\x01',
      ],
      ...[':status: 200', ':status: 503', 'content-type: application/grpc', 'grpc-encoding: gzip', '\n\n', '\n~'],
      ...['~grpc-status: 0', '~grpc-status: 99', '~grpc-message: %zz', '~grpc-status-details-bin: ', '\0\0\0\0\x02{}'],
      ...['{"text":"a","n":1}', 'grpc-retry-pushback-ms: -1', '\x01\0\0\0\x01', '\0\xff\xff\xff\xff'],
    ],
    async run(given) {
      const slot = free.pop();
      assert(slot !== undefined, `more than ${slots} at a time`);
      slot.input = given;
      const channel = connect(`127.0.0.1:${slot.ports[given[0] === 58 ? 1 : 0]}`, { trace: false });
      try {
        const { unary, serverStream } = channel.client(ProbeService);
        const status = await (kinds[given.length % 2] === 'unary'
          ? unary({ text: '', n: 1 }, { timeoutMs }).status
          : read(serverStream({ text: '', n: 1 }, { timeoutMs })));
        assert(Number.isInteger(status.code) && status.code >= 0 && status.code <= 16);
        assert.equal(typeof status.message, 'string');
      } finally {
        await channel.close();
        free.push(slot);
      }
    },
    async close() {
      for (const slot of all) slot.close();
    },
  };
}

interface Slot {
  input: Buffer;
  readonly ports: readonly [raw: number, http2: number];
  close(): void;
}

async function openSlot(): Promise<Slot> {
  const raw = createTcp((socket) => {
    socket.on('error', () => {});
    socket.resume();
    socket.write(Buffer.concat([Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]), slot.input]));
  });
  const http2 = createHttp2();
  http2.on('sessionError', () => {});
  http2.on('stream', (stream) => {
    stream.on('error', () => {});
    answer(stream, slot.input);
  });
  const close = (): void => {
    raw.close();
    http2.close();
  };
  const slot: Slot = { input: Buffer.alloc(0), ports: [await listen(raw), await listen(http2)], close };
  return slot;
}

async function read<S>(call: AsyncIterable<unknown> & { readonly status: PromiseLike<S> }): Promise<S> {
  try {
    for await (const _ of call);
  } catch {
    // The status says it, too.
  }
  return await call.status;
}

function answer(stream: ServerHttp2Stream, input: Buffer): void {
  const { headers, body } = splitInput(input);
  const header: OutgoingHttpHeaders = { 'content-type': 'application/grpc' };
  const trailer: OutgoingHttpHeaders = {};
  for (const [name, value] of headers) {
    if (name.startsWith('~')) trailer[name.slice(1)] = value;
    else header[name] = value;
  }
  try {
    stream.respond(header, { waitForTrailers: true });
    stream.once('wantTrailers', () => {
      try {
        stream.sendTrailers(trailer);
      } catch {
        stream.close();
      }
    });
    stream.end(body);
  } catch {
    stream.close();
  }
}

async function listen(server: ReturnType<typeof createTcp> | ReturnType<typeof createHttp2>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
