import type { Channel } from '../client/connect.ts';
import { StatusError } from '../core/status-error.ts';
import { anyByteStream } from './byte-stream.ts';
import { holdStreams } from './held-streams.ts';
import { nodeCallOptions } from './node-call-options.ts';
import type { NodeContext, NodeInstance } from './node-context.ts';
import { sendOutputOf } from './one-to-one.ts';
import type { Packet } from './packet.ts';
import { RemoteMethod } from './remote-method.ts';
import type { Reply } from './reply.ts';

export interface BalanceOptions {
  readonly service: string;
  readonly method: string;
  readonly proto: string | undefined;
  readonly baseDir: string;
  readonly timeoutMs: number | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly forward: readonly string[] | undefined;
}

interface Target {
  readonly channel: Channel;
  readonly remote: RemoteMethod;
}

/**
 * Gives its packets to several places that serve the same method, in turn. A place that cannot be reached is passed over, and a packet that no
 * application has seen goes to the next one; whatever else fails is the answer.
 */
export class BalanceNode implements NodeInstance {
  readonly #targets: readonly Target[];
  readonly #options: BalanceOptions;
  #next = 0;

  constructor(channels: readonly Channel[], options: BalanceOptions) {
    const { service, method, proto, baseDir } = options;
    this.#options = options;
    this.#targets = channels.map((channel) => ({
      channel,
      remote: new RemoteMethod({ channel, service, method, proto, baseDir, assumeNode: true }),
    }));
  }

  /** Learns what there is to be called. Who is not up yet is asked with the first packet. */
  async look(): Promise<void> {
    await Promise.allSettled(this.#targets.map(({ remote }) => remote.resolve()));
  }

  process({ payload }: Packet, context: NodeContext): Reply | Promise<Reply> {
    return sendOutputOf(() => this.#call(payload, context), context);
  }

  async #call(payload: unknown, context: NodeContext): Promise<Reply> {
    const held: unknown = anyByteStream() ? await holdStreams(payload) : payload;
    let failure: unknown;
    for (const { remote } of this.#turn()) {
      try {
        return (await remote.call(held, nodeCallOptions(context, this.#options, 30_000))).reply;
      } catch (thrown) {
        // Who could not be asked what it takes was sent nothing.
        if (remote.found && !(thrown instanceof StatusError && thrown.unseen)) throw thrown;
        if (context.signal.aborted) throw thrown;
        failure = thrown;
      }
    }
    throw failure;
  }

  /** All targets, whose turn it is first; those last that could not be reached just now. */
  #turn(): Target[] {
    const start = this.#next;
    this.#next = (start + 1) % this.#targets.length;
    const order = [...this.#targets.slice(start), ...this.#targets.slice(0, start)];
    const down = ({ channel }: Target): boolean => channel.state === 'transient-failure';
    return order.some(down) ? [...order.filter((target) => !down(target)), ...order.filter(down)] : order;
  }
}
