import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AddOptions,
  type Channel,
  type Client,
  type ConnectOptions,
  connect,
  createServer,
  type Handlers,
  type Interceptor,
  inProcess,
  type Server,
  type ServerOptions,
  silentLogger,
} from 'flowrpc';
import type { Side } from './kinds.ts';
import { echo, type ProbeMethods, ProbeService } from './probe-service.ts';

/** One way to reach a server. */
export interface TestTransport {
  readonly name: string;
  /** Messages cross as bytes, so that size limits hold. */
  readonly bytes: boolean;
  /** There is a socket in between. */
  readonly wire: boolean;
  open(server: Server, options?: ConnectOptions): Promise<Channel>;
}

/** Every transport that must pass the shared suites. */
export const transports: readonly TestTransport[] = [
  {
    name: 'in-process copy',
    bytes: true,
    wire: false,
    open: async (server, options) => connect(inProcess(server), options),
  },
  {
    name: 'in-process reference',
    bytes: false,
    wire: false,
    open: async (server, options) => connect(inProcess(server, { copy: false }), options),
  },
  { name: 'grpc tcp', bytes: true, wire: true, open: (server, options) => listening(server, '127.0.0.1:0', options) },
  { name: 'grpc unix', bytes: true, wire: true, open: openUnix },
];

async function listening(server: Server, address: string, options?: ConnectOptions): Promise<Channel> {
  const bound = await server.listen(address);
  return connect(bound.address, options);
}

async function openUnix(server: Server, options?: ConnectOptions): Promise<Channel> {
  const folder = await mkdtemp(join(tmpdir(), 'flowrpc-'));
  const channel = await listening(server, `unix:${join(folder, 's')}`, options);
  const close = channel.close.bind(channel);
  const closeAll = async (): Promise<void> => {
    await close();
    await rm(folder, { recursive: true, force: true });
  };
  return Object.assign(channel, { close: closeAll, [Symbol.asyncDispose]: closeAll });
}

export interface SetupOptions {
  handlers?: Handlers<ProbeMethods>;
  server?: ServerOptions;
  add?: AddOptions;
  client?: ConnectOptions;
  /** Leave connecting to the first call. Default false: what is measured in milliseconds should not include it. */
  lazy?: boolean;
}

/** A probe server, and a client that reaches it; both close when it is disposed. */
export interface Setup extends AsyncDisposable {
  readonly server: Server;
  readonly channel: Channel;
  readonly client: Client<ProbeMethods>;
}

export async function setup(
  transport: TestTransport,
  { handlers = echo, server: options, add, client, lazy = false }: SetupOptions = {},
): Promise<Setup> {
  const server = createServer({ logger: silentLogger, ...options }).add(ProbeService, handlers, add);
  const channel = await transport.open(server, client);
  if (!lazy) await channel.ready();
  return {
    server,
    channel,
    client: channel.client(ProbeService),
    [Symbol.asyncDispose]: async () => {
      await channel.close();
      await server.close({ graceMs: 0 });
    },
  };
}

/** The options that put interceptors on one side. */
export function onSide(side: Side, ...interceptors: readonly Interceptor[]): SetupOptions {
  return side === 'client' ? { client: { interceptors } } : { server: { interceptors } };
}
