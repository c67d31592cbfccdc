import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Answer } from './server-answer.ts';
import type { ServerReply } from './server-connections.ts';

/** Whether a request asks for websocket: others, such as for HTTP/2, are requests like any other. */
export function wantsWebsocket({ headers }: IncomingMessage): boolean {
  return /^websocket$/i.test(headers.upgrade ?? '');
}

/** The head of a request as it came, without what asks for another protocol. */
export function plainHead({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    const value = rawHeaders[at + 1]!;
    if (/^(?:upgrade|http2-settings)$/i.test(name)) continue;
    const kept = /^connection$/i.test(name) ? withoutUpgrade(value) : value;
    if (kept !== '') lines.push(`${name}: ${kept}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

function withoutUpgrade(options: string): string {
  const kept = options.split(',').filter((option) => !/^\s*(?:upgrade|http2-settings)\s*$/i.test(option));
  return kept.join(',').trim();
}

/** What is answered where somebody wanted websocket, and nobody took the connection. */
export function upgradeAnswer(answer: Answer): Answer {
  if (answer.status !== 200 || answer.body !== undefined) return answer;
  return { status: 426, header: { Upgrade: ['websocket'], Connection: ['Upgrade'] }, body: undefined };
}

/** A reply on a connection that asked for another protocol and gets none; the last one there. */
export function replyOnSocket(request: IncomingMessage, socket: Duplex): ServerReply {
  const reply = new ServerResponse(request);
  reply.shouldKeepAlive = false;
  reply.assignSocket(socket as never);
  reply.once('finish', () => {
    reply.detachSocket(socket as never);
    socket.end();
  });
  return reply;
}
