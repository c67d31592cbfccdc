import { type Channel, type ConnectOptions, connect } from '../client/connect.ts';
import type { Transport } from '../core/context.ts';
import { detached } from '../core/current.ts';

/** The channels of the nodes and edges of one owner: one for each target, opened with the first call, closed together. */
export class Channels {
  readonly #options: ConnectOptions;
  readonly #transports: Readonly<Record<string, Transport>>;
  readonly #open = new Map<string, Channel>();
  /** Says why a target must not be reached at an address that its name stands for. Counts for channels that are opened from then on. */
  admit: ((target: string, address: string) => string | undefined) | undefined;

  /** `transports` stand for targets: no connection is made to those. */
  constructor(options: ConnectOptions = {}, transports: Readonly<Record<string, Transport>> = {}) {
    this.#options = options;
    this.#transports = transports;
  }

  /** Whether they are made with TLS. */
  get secure(): boolean {
    return this.#options.tls !== undefined && this.#options.tls !== false;
  }

  /** The channel to a target. A TypeError when the target is malformed. */
  get(target: string): Channel {
    let channel = this.#open.get(target);
    if (channel === undefined) {
      channel = detached(() => this.#connect(target));
      this.#open.set(target, channel);
    }
    return channel;
  }

  #connect(target: string): Channel {
    if (!Object.hasOwn(this.#transports, target))
      return connect(target, { ...this.#options, ...this.#admission(target) });
    const { interceptors, timeoutMs, forward, trace } = this.#options;
    return connect(this.#transports[target]!, { interceptors, timeoutMs, forward, trace });
  }

  #admission(target: string): Pick<ConnectOptions, 'admitAddress'> {
    return this.admit === undefined ? {} : { admitAddress: (address) => this.admit?.(target, address) };
  }

  /** Closes all but those to these targets. What stands for a target instead of a connection stays. */
  async keep(targets: ReadonlySet<string>): Promise<void> {
    const over = [...this.#open].filter(([target]) => !targets.has(target) && !Object.hasOwn(this.#transports, target));
    for (const [target] of over) this.#open.delete(target);
    await Promise.all(over.map(([, channel]) => channel.close()));
  }

  async close(): Promise<void> {
    const channels = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(channels.map((channel) => channel.close()));
  }
}
