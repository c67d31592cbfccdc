import { fileURLToPath } from 'node:url';
import {
  Code,
  createServer,
  loadServices,
  type Server,
  type ServerOptions,
  type Service,
  StatusError,
  silentLogger,
} from 'flowrpc';

export const greeterProto = fileURLToPath(new URL('greeter.proto', import.meta.url));

export async function greeter(): Promise<Service> {
  return (await loadServices(greeterProto))['helloworld.Greeter']!;
}

/** A service that knows nothing of graphs. */
export async function greeterServer(options: ServerOptions = {}): Promise<Server> {
  return createServer({ logger: silentLogger, ...options }).add(await greeter(), {
    sayHello: (({ name, big, raw, at }: { name: string; big: bigint; raw: Uint8Array; at?: { seconds: bigint } }) => ({
      message: `Hello, ${name}${raw.length > 0 ? ` ${Buffer.from(raw).toString()}` : ''}${at ? ` at ${at.seconds}` : ''}`,
      big,
    })) as never,
    count: async function* ({ to }: { to: number }) {
      for (let n = 1; n <= to; n++) yield { n };
    } as never,
    sum: (async (requests: AsyncIterable<{ n: number }>) => {
      let n = 0;
      for await (const request of requests) n += request.n;
      return { n };
    }) as never,
    fail: (() => {
      throw new StatusError(Code.NOT_FOUND, 'nobody of that name');
    }) as never,
  });
}
