import { detached } from '../core/current.ts';
import { Listeners } from '../core/listeners.ts';
import type { ConnectionEvent } from '../transport/grpc/connection-event.ts';
import { type ChannelState, GrpcChannel, type GrpcChannelOptions } from '../transport/grpc/index.ts';

/** What a channel needs of the transport under it. */
export type ClientTransport = Pick<
  GrpcChannel,
  'invoke' | 'close' | 'state' | 'watchState' | 'watchConnection' | 'reconnect' | 'ready'
>;

interface Entry {
  readonly channel: GrpcChannel;
  users: number;
}

const entries = new Map<string, Entry>();

/**
 * The channel for a target and options: everybody who asks for the same shares it, and it closes with its last user.
 * Options that hold functions or sockets are never shared.
 */
export function sharedChannel(target: string, options: GrpcChannelOptions): ClientTransport {
  const key = keyOf(target, options);
  const open = (): GrpcChannel => detached(() => new GrpcChannel(target, options));
  if (key === undefined) return open();
  let entry = entries.get(key);
  if (entry === undefined) {
    entry = { channel: open(), users: 0 };
    entries.set(key, entry);
  }
  entry.users += 1;
  return lease(key, entry);
}

/** The shared channel with a `close` that only lets go of it. */
function lease(key: string, { channel }: Entry): ClientTransport {
  const states = new Listeners<ChannelState>('watchState()');
  const connections = new Listeners<ConnectionEvent>('watchConnection()');
  const stops = [
    channel.watchState((state) => states.tell(state)),
    channel.watchConnection((event) => connections.tell(event)),
  ];
  let held = true;
  return {
    invoke: channel.invoke,
    get state() {
      return channel.state;
    },
    watchState: (listener) => states.add(listener),
    watchConnection: (listener) => connections.add(listener),
    reconnect: () => channel.reconnect(),
    ready: (options) => channel.ready(options),
    close: async () => {
      const entry = entries.get(key);
      if (!held || entry === undefined) return;
      held = false;
      entry.users -= 1;
      if (entry.users > 0) {
        for (const stop of stops) stop();
        states.tell('shutdown');
        return;
      }
      entries.delete(key);
      await channel.close();
    },
  };
}

function keyOf(target: string, options: object): string | undefined {
  let plain = true;
  const text = JSON.stringify(options, (_name, value: unknown) => {
    if (typeof value === 'function') plain = false;
    return value;
  });
  return plain ? `${target} ${text}` : undefined;
}
