import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Graph } from 'flowrpc/graph';
import type { NodeInstance } from 'flowrpc/nodes';
import { onTestFinished } from 'vitest';

/** Where a listener of a graph listens: `127.0.0.1:41000`. */
export function addressOf(graph: Graph, name = 'listener'): string {
  const instance = graph.nodes.find((node) => node.name === name)?.instance as NodeInstance & { address: string };
  return instance.address;
}

/** A plain HTTP server that others do not know of. Closed with the test. */
export async function backend(handle: RequestListener): Promise<{ url: string; close: () => void }> {
  const server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close };
}

/** All of a body. */
export async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
