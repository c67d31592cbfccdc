import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2, type OutgoingHttpHeaders } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { clientStreamPath, openTarget, unaryPath } from '../../hostile/target.ts';
import { http2Frames } from '../shapes/frames.ts';
import { lines } from '../shapes/lines.ts';
import type { FuzzTarget } from '../target.ts';
import { splitInput } from './split-input.ts';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const patienceMs = 40;

/**
 * A server's socket. What begins with `:` is headers and a body, sent by a client that speaks HTTP/2 well; what begins with `P` is sent as it is; all else
 * is frames behind the preface. A neighbour's calls must come through meanwhile.
 */
export async function server(): Promise<FuzzTarget> {
  const target = await openTarget();
  let runs = 0;
  return {
    batch: 32,
    parallel: 16,
    shape: [...lines, ...http2Frames],
    words: [
      ...[
        '\0\0\0\x04\0\0\0\0\0',
        '\0\0\x08\x06\0\0\0\0\0',
        '\0\0\x04\x03\0\0\0\0\x01',
        '\0\0\x04\x08\0\0\0\0\0',
        '\x01\x04',
      ],
      ...[
        '\0\0\0\x01\x05\0\0\0\x01',
        '\0\0\0\x09\x04\0\0\0\x01',
        '\0\0\x05\0\x01\0\0\0\x01',
        '\x82',
        '\x83',
        '\x84',
        '\x86',
      ],
      ...[
        `:path: ${unaryPath}`,
        `:path: ${clientStreamPath}`,
        ':method: GET',
        'content-type: application/grpc',
        '\n\n',
      ],
      ...['te: trailers', 'grpc-timeout: 1m', 'grpc-encoding: gzip', 'x-bin: ', '\0\0\0\0\x02{}', '\x01\0\0\0\x01'],
    ],
    async run(input) {
      if (input[0] === 58) await ask(target.port, input);
      else await push(target.port, input[0] === 80 ? input : Buffer.concat([preface, input]));
      runs += 1;
      if (runs % 100 === 1) assert(await target.survives(), 'a neighbour was harmed');
    },
    async close() {
      await target[Symbol.asyncDispose]();
    },
  };
}

async function push(port: number, bytes: Buffer): Promise<void> {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.resume();
  socket.end(bytes);
  await Promise.race([once(socket, 'close'), pause(patienceMs)]);
  socket.destroy();
}

async function ask(port: number, input: Buffer): Promise<void> {
  const { headers, body } = splitInput(input);
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  try {
    const all: OutgoingHttpHeaders = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
    for (const [name, value] of headers) all[name] = value;
    // Throws for what HTTP/2 itself could not carry.
    const stream = session.request(all);
    stream.on('error', () => {});
    let code: string | undefined;
    for (const event of ['response', 'trailers'] as const)
      stream.on(event, (given: Record<string, unknown>) => {
        code = (given['grpc-status'] as string | undefined) ?? code;
      });
    stream.resume();
    stream.end(body);
    await Promise.race([once(stream, 'close'), pause(patienceMs * 5)]);
    if (code !== undefined) assert.match(code, /^(?:\d|1[0-6])$/);
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
  } finally {
    session.destroy();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
