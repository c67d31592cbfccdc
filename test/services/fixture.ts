import { type Channel, connect, createServer, inProcess, type Server, type ServiceModule, silentLogger } from 'flowrpc';

/** A way from a client to a server, with and without a socket. */
export const ways = ['in process', 'socket'] as const;

export interface Fixture extends AsyncDisposable {
  readonly server: Server;
  readonly channel: Channel;
  /** Where the server listens; only over a socket. */
  readonly address: string;
}

/** A server with modules, and a channel to it. */
export async function serve(
  way: (typeof ways)[number],
  ...modules: readonly (ServiceModule | readonly ServiceModule[])[]
): Promise<Fixture> {
  const server = createServer({ logger: silentLogger });
  for (const module of modules.flat()) server.add(module);
  const address = way === 'socket' ? (await server.listen('127.0.0.1:0')).address : '';
  const channel = connect(way === 'socket' ? address : inProcess(server));
  return {
    server,
    channel,
    address,
    [Symbol.asyncDispose]: async () => {
      await channel.close();
      await server.close({ graceMs: 0 });
    },
  };
}

/** All that a stream gives. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of stream) all.push(item);
  return all;
}
