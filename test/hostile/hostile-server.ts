import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type Channel, type ConnectOptions, connect } from 'flowrpc';

export interface HostileServer extends AsyncDisposable {
  readonly port: number;
  readonly channel: Channel;
  /** Headers of the calls it got. */
  readonly calls: IncomingHttpHeaders[];
  /** Connections that are open. */
  readonly connections: number;
}

/** An HTTP/2 server that answers as a test wants, and one of our channels to it. */
export async function openHostile(
  answer: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
  options: ConnectOptions = {},
): Promise<HostileServer> {
  const calls: IncomingHttpHeaders[] = [];
  const sessions = new Set<{ destroy(): void }>();
  const server = createServer();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  server.on('sessionError', () => {});
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    calls.push(headers);
    answer(stream, headers);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const channel = connect(`127.0.0.1:${port}`, { trace: false, ...options });
  return {
    port,
    channel,
    calls,
    get connections() {
      return sessions.size;
    },
    [Symbol.asyncDispose]: async () => {
      await channel.close();
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

/** Answers with header, body and trailer. */
export function reply(
  stream: ServerHttp2Stream,
  {
    header = {},
    body = [],
    trailer = {},
  }: { header?: OutgoingHttpHeaders; body?: Uint8Array[]; trailer?: OutgoingHttpHeaders },
): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...header }, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers(trailer));
  for (const chunk of body) stream.write(chunk);
  stream.end();
}

/** A Trailers-Only answer. */
export function replyStatus(stream: ServerHttp2Stream, trailer: OutgoingHttpHeaders): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...trailer }, { endStream: true });
}

/** Ends the connection of a call, once what came with it is read: Node 22 ends the process where a session is destroyed before the data of its calls. */
export function dropConnection({ session }: ServerHttp2Stream): void {
  setImmediate(() => session?.destroy());
}
