import type { Client } from '../client/client.ts';
import { type Channel, type ConnectOptions, connect } from '../client/connect.ts';
import type { Transport } from '../core/context.ts';
import type { Methods, Service } from '../core/method.ts';
import { checkOptions } from '../core/options.ts';
import type { Handlers } from '../server/handlers.ts';
import { createServer, type Server, type ServerOptions } from '../server/server.ts';
import type { AddOptions } from '../server/service-module.ts';
import { inProcess } from '../transport/in-process.ts';

export interface PairOptions {
  /** `in-process` (default) needs no socket; `socket` is gRPC over TCP on a free loopback port. */
  transport?: 'in-process' | 'socket';
  server?: ServerOptions;
  /** How the service is added: interceptors and limits of its own. */
  service?: AddOptions;
  channel?: ConnectOptions;
}

/** A service under test with its server, a channel to it and its client. */
export interface Pair<M extends Methods> extends AsyncDisposable {
  readonly client: Client<M>;
  readonly server: Server;
  readonly channel: Channel;
  /** Ends calls under way, then closes channel and server. A handler that does not stop is waited for half a second. */
  close(): Promise<void>;
}

const graceMs = 500;

/** Serves handlers and connects to them: `await using greeter = await pair(Greeter, { … })`, then `greeter.client`. */
export async function pair<M extends Methods>(
  service: Service<M>,
  handlers: Handlers<M>,
  options: PairOptions = {},
): Promise<Pair<M>> {
  checkOptions('pair', options, ['transport', 'server', 'service', 'channel']);
  const { transport = 'in-process' } = options;
  if (transport !== 'in-process' && transport !== 'socket')
    throw new TypeError(`Cannot pair over ${JSON.stringify(transport)}: wanted "in-process" or "socket"`);
  const server = createServer(options.server).add(service, handlers, options.service);
  try {
    const channel = connect(await targetOf(server, transport), options.channel);
    const close = async (): Promise<void> => {
      await channel.close();
      await server.close({ graceMs });
    };
    return { client: channel.client(service), server, channel, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await server.close({ graceMs });
    throw error;
  }
}

async function targetOf(server: Server, transport: 'in-process' | 'socket'): Promise<string | Transport> {
  if (transport === 'in-process') return inProcess(server);
  return (await server.listen('127.0.0.1:0')).address;
}
