import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import * as grpc from '@grpc/grpc-js';

/*
 * `printed-headers.ts bare|ours`: calls a server whose header and trailer would write to a terminal, and tells what it got. Each side by itself:
 * where our client is loaded, nobody's headers are printed.
 */

const server: Http2Server = createServer().on('stream', (stream) => {
  // Sent byte by byte: U+009B begins a command of a terminal, as ESC [ does.
  const hostile = { 'x-title': 'take this: \u009b2J', 'x!key': 'of no legal name', 'x-fine': 'kept' };
  stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...hostile }, { waitForTrailers: true });
  stream.once('wantTrailers', () =>
    stream.sendTrailers({ 'grpc-status': '5', 'grpc-message': 'no \u009b2J', ...hostile }),
  );
  stream.end();
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;

async function ours(): Promise<string> {
  const [{ connect }, { ProbeService }] = await Promise.all([import('flowrpc'), import('../suites/probe-service.ts')]);
  await using channel = connect(`127.0.0.1:${port}`);
  const call = channel.client(ProbeService).unary({ text: '', n: 1 }, { timeoutMs: 10_000 });
  const [status, header] = await Promise.all([call.status, call.header]);
  return JSON.stringify([status.code, [...header.keys()], [...(status.trailer?.keys() ?? [])]]);
}

async function bare(): Promise<string> {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const identity = (bytes: Buffer): Buffer => bytes;
  const error = await new Promise<grpc.ServiceError | null>((resolve) => {
    client.makeUnaryRequest('/suite.Probe/Unary', identity, identity, Buffer.from('{}'), resolve);
  });
  client.close();
  return JSON.stringify([error?.code]);
}

console.log(await (process.argv[2] === 'bare' ? bare() : ours()));
process.exit(0);
