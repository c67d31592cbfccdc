import { type Channel, type ConnectOptions, connect } from '../client/connect.ts';
import { detached } from '../core/current.ts';

/** The channels of the nodes and edges of one owner: one for each target, opened with the first call, closed together. */
export class Channels {
  readonly #options: ConnectOptions;
  readonly #open = new Map<string, Channel>();

  constructor(options: ConnectOptions = {}) {
    this.#options = options;
  }

  /** The channel to a target. A TypeError when the target is malformed. */
  get(target: string): Channel {
    let channel = this.#open.get(target);
    if (channel === undefined) {
      channel = detached(() => connect(target, this.#options));
      this.#open.set(target, channel);
    }
    return channel;
  }

  async close(): Promise<void> {
    const channels = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(channels.map((channel) => channel.close()));
  }
}
