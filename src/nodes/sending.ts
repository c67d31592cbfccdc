import { isPromise } from '../core/requests.ts';
import type { Activation } from './activation.ts';
import type { Edge } from './node.ts';
import type { Sent } from './node-context.ts';
import { orEnded } from './or-ended.ts';
import { Packet } from './packet.ts';
import { none, type Reply } from './reply.ts';
import { Unanswered } from './unanswered.ts';
import { unlinked } from './unlinked.ts';
import type { Window } from './window.ts';
import { Windows } from './windows.ts';

/** What a handler sends: as many packets at a time as the window of the port takes, with their replies in the order of sending. */
export class Sending {
  readonly #activation: Activation;
  /** Those that wait for their replies. */
  #unanswered = 0;
  #own: Windows | undefined;
  #tails: Map<string, Promise<Reply>> | undefined;

  constructor(activation: Activation) {
    this.#activation = activation;
  }

  async send(port: string, payload: unknown): Promise<Sent> {
    const activation = this.#activation;
    const packet = activation.prepare(port, payload);
    if (packet === unlinked) return { sent: 0, reply: none };
    const edges = activation.runtime.edges(port);
    const sent = edges.length;
    if (!(packet instanceof Packet)) return { sent, reply: await this.#inOrder(port, packet) };
    const { bytes = 0 } = packet;
    const window = this.#windows?.at(edges) ?? (this.#unanswered === 0 ? undefined : this.#makeWindow(edges));
    if (window !== undefined && !window.admits(bytes, activation))
      return { sent, reply: await this.#later(window, port, packet, edges) };
    const reply = activation.carry(port, packet);
    if (!isPromise(reply)) return { sent, reply: this.#tails?.has(port) ? await this.#inOrder(port, reply) : reply };
    window?.take(bytes);
    const waiting = new Unanswered(this, edges, bytes, window);
    this.#unanswered += 1;
    try {
      return { sent, reply: await this.#inOrder(port, orEnded(activation, reply, waiting)) };
    } finally {
      this.#unanswered -= 1;
      waiting.window?.free(bytes);
    }
  }

  /** Resolves when a packet that is sent by a port would not wait for others, or the run is over. */
  async ready(port: string): Promise<void> {
    const activation = this.#activation;
    const edges = activation.runtime.edges(port);
    const window = this.#windows?.at(edges) ?? (this.#unanswered === 0 ? undefined : this.#makeWindow(edges));
    if (window?.admits(0, activation) === false)
      await orEnded(activation, window.ready(activation), new Unanswered(this, [], 0, window));
  }

  #later(window: Window, port: string, packet: Packet, edges: readonly Edge[]): Promise<Reply> {
    const activation = this.#activation;
    const reply = window.enter(packet, activation, () => activation.carry(port, packet));
    if (!isPromise(reply)) return this.#inOrder(port, reply);
    return this.#inOrder(port, orEnded(activation, reply, new Unanswered(this, edges, 0, window)));
  }

  /** On a way that leads back here, packets that wait for their descendants would share a window with these, and none would go on. */
  get #windows(): Windows | undefined {
    return this.#activation.runtime.cyclic ? this.#own : this.#activation.owner.waits.windows;
  }

  #makeWindow(edges: readonly Edge[]): Window {
    const { runtime, owner } = this.#activation;
    const waiting = [...owner.waits.senders];
    if (!runtime.cyclic) return owner.waits.makeWindows().make(edges, waiting);
    this.#own ??= new Windows();
    return this.#own.make(
      edges,
      waiting.filter(({ handler }) => handler === this),
    );
  }

  /** Holds a reply back until the one before it, from the same port, was released. */
  #inOrder(port: string, reply: Reply | Promise<Reply>): Promise<Reply> {
    const tails = (this.#tails ??= new Map());
    const before = tails.get(port);
    const released = before === undefined ? Promise.resolve(reply) : before.then(() => reply);
    tails.set(port, released);
    return released;
  }
}
