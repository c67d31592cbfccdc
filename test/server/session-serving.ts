import {
  type Channel,
  connect,
  createServer,
  type Server,
  type ServerOptions,
  type SessionEvent,
  silentLogger,
  type UnaryCall,
} from 'flowrpc';
import { echo, type Probe, ProbeService } from '../suites/probe-service.ts';

type Connection = NonNullable<ServerOptions['connection']>;

/** A server on a port, what became of its sessions, and clients of it. */
export interface Serving extends AsyncDisposable {
  readonly server: Server;
  readonly events: SessionEvent[];
  /** A connection of its own. */
  dial(name?: string): Channel;
}

export async function serve(
  connection: Connection = {},
  handlers: object = {},
  more: ServerOptions = {},
): Promise<Serving> {
  const server = createServer({ logger: silentLogger, connection, ...more }).add(ProbeService, {
    ...echo,
    ...handlers,
  });
  const events: SessionEvent[] = [];
  server.sessions.watch((event) => events.push(event));
  const { address } = await server.listen('127.0.0.1:0');
  const channels: Channel[] = [];
  return {
    server,
    events,
    // Channels of equal options share their connection.
    dial: (name = `client-${channels.length}`) => {
      const channel = connect(address, {
        userAgent: name,
        reconnect: { initialBackoffMs: 50, maxBackoffMs: 100 },
      });
      channels.push(channel);
      return channel;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(channels.map((channel) => channel.close()));
      await server.close({ graceMs: 0 });
    },
  };
}

export const ping = (channel: Channel): UnaryCall<Probe> => channel.client(ProbeService).unary({ text: 'ping', n: 1 });
