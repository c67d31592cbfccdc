import { createServer, type ServerHttp2Session } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFileRegistry, type DescService, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { connectNodeAdapter, createGrpcTransport } from '@connectrpc/connect-node';
import { encodeFileSet } from '../../../src/wire/index.ts';
import { packageVersion } from './package-version.ts';
import type { Done, Peer, Work } from './peer.ts';
import { replicaHandlers } from './replica-handlers.ts';
import { replicaService } from './replica-service.ts';

type Methods = Record<string, (work: Work, options: object) => Promise<Done> & AsyncIterable<Done>>;

const graceMs = 10_000;

async function replicaDescriptor(): Promise<DescService> {
  const { files } = await replicaService();
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, encodeFileSet(files)));
  return registry.getService('faults.Replica') as DescService;
}

/** It has neither retries nor balancing: calls go to the first address, once. */
export const connectNode: Peer = {
  name: 'connect-node',
  version: packageVersion('@connectrpc/connect-node'),

  async serve(replica, { host, port }) {
    const service = await replicaDescriptor();
    const handlers = replicaHandlers(replica, (message) => new ConnectError(message, Code.Unavailable));
    const routes = connectNodeAdapter({ routes: (router) => router.service(service, handlers as never) });
    const server = createServer(routes);
    const sessions = new Set<ServerHttp2Session>();
    server.on('session', (session) => {
      sessions.add(session);
      session.once('close', () => sessions.delete(session));
    });
    await new Promise<void>((resolve) => server.listen(port, host, resolve));
    return {
      // It leaves this to its users: GOAWAY to everybody, and what is under way may end.
      async close() {
        const closed = new Promise((resolve) => server.close(resolve));
        for (const session of sessions) session.close();
        setTimeout(() => {
          for (const session of sessions) session.destroy();
        }, graceMs).unref();
        await closed;
      },
    };
  },

  async connect({ addresses, keepalive }) {
    const transport = createGrpcTransport({
      baseUrl: `http://${addresses[0]}`,
      acceptCompression: [],
      ...(keepalive && { pingIntervalMs: keepalive.timeMs, pingTimeoutMs: keepalive.timeoutMs }),
    });
    const client = createClient(await replicaDescriptor(), transport) as unknown as Methods;
    return {
      close: async () => {},
      async call(method, work, { timeoutMs, signal, readPauseMs }) {
        let replica: string | undefined;
        let messages = 0;
        try {
          const call = client[method]!(work, { timeoutMs, signal });
          if (method === 'list')
            for await (const done of call) {
              replica = done.replica;
              messages += 1;
              if (readPauseMs !== undefined) await sleep(readPauseMs);
            }
          else ({ replica } = await call);
          return { code: 0, replica, messages, attempts: 1 };
        } catch (error) {
          const { code, rawMessage } = ConnectError.from(error);
          return { code, message: rawMessage, replica, messages, attempts: 1 };
        }
      },
    };
  },
};
