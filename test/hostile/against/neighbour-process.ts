import type { Calls, NeighbourTask } from './neighbour.ts';
import { Child } from './victim-process.ts';

/** The well-behaved client of a server under attack, in a process of its own. */
export class Neighbour extends Child {
  static async start(): Promise<Neighbour> {
    const neighbour = new Neighbour('neighbour.ts', 'ours');
    if ((await neighbour.next<unknown>()) === undefined)
      throw new Error(`Cannot start the neighbour: ${neighbour.lastWords}`);
    return neighbour;
  }

  /** Calls on a new connection. */
  async calls(port: number, { least = 100, everyMs = 0 } = {}): Promise<Calls> {
    return this.#told(this.#ask({ port, least, everyMs, hold: false }));
  }

  /** Begins to call, and gives a function that ends it. */
  async callsUntil(port: number, { least = 100, everyMs = 0 } = {}): Promise<() => Promise<Calls>> {
    await this.#ask({ port, least, everyMs, hold: true });
    return () => this.#told(this.#ask('stop'));
  }

  #ask(task: NeighbourTask): Promise<{ calls?: Calls } | undefined> {
    const answer = this.next<{ calls?: Calls }>();
    this.process.send(task);
    return answer;
  }

  async #told(answer: Promise<{ calls?: Calls } | undefined>): Promise<Calls> {
    const calls = (await answer)?.calls;
    if (calls === undefined) throw new Error(`Cannot tell what came of the calls: ${this.lastWords}`);
    return calls;
  }
}
