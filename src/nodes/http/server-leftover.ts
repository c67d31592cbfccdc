import type { ServerResponse } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { ServerReply, ServerRequest } from './server-connections.ts';

/** How long a client may go on sending what nobody reads, once it has its answer. */
const lingerMs = 1_000;

/** A request was answered before all of it came: the client gets a moment to read that, and to stop. */
export function discardRest(request: ServerRequest, reply: ServerReply): void {
  const finished = (): void => {
    if (request.complete || request.destroyed) return;
    request.resume();
    const timer = setTimeout(cut, lingerMs);
    request.once('close', () => clearTimeout(timer));
    request.once('end', () => clearTimeout(timer));
  };
  const cut = (): void => {
    // A stream of HTTP/2 ends alone, HTTP/1 knows no other way than to close the connection.
    if (request.httpVersionMajor === 2) streamOf(request as Http2ServerRequest)?.close();
    else request.socket.destroy();
  };
  if (reply.writableFinished) finished();
  else (reply as ServerResponse).once('finish', finished);
}

/** Undefined once it is closed, whatever its type says. */
function streamOf({ stream }: Http2ServerRequest): Http2ServerRequest['stream'] | undefined {
  return stream;
}
