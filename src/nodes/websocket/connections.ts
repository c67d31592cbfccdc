import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { Activation } from '../activation.ts';
import type { NodeContext } from '../node-context.ts';
import type { WebsocketConnection } from './connection.ts';

const maxConnections = 10_000;

type Opening = Promise<WebsocketConnection>;

/** The connections of one node, by the processes that they belong to. */
export class Connections {
  readonly #byProcess = new Map<string, Opening>();
  readonly #open = new Set<WebsocketConnection>();

  /** Keeps a connection that is being made for a process, and those forked from it. RESOURCE_EXHAUSTED when there are too many. */
  keep(process: string, opening: Opening): void {
    if (this.#byProcess.size >= maxConnections)
      throw new StatusError(Code.RESOURCE_EXHAUSTED, `${maxConnections} connections are open already`);
    this.#byProcess.set(process, opening);
    const forget = (): void => {
      if (this.#byProcess.get(process) === opening) this.#byProcess.delete(process);
    };
    opening.then(async (connection) => {
      this.#open.add(connection);
      await connection.closed;
      this.#open.delete(connection);
      forget();
    }, forget);
  }

  /** The connection of a process, or of the nearest one that it was forked from. */
  find(context: NodeContext): Opening | undefined {
    for (const id of lineOf(context)) {
      const opening = this.#byProcess.get(id);
      if (opening !== undefined) return opening;
    }
    return undefined;
  }

  /** Closes all of them, and resolves when they are closed. */
  async close(code: number): Promise<void> {
    const open = [...this.#open];
    for (const connection of open) connection.close(code);
    await Promise.all(open.map(({ closed }) => closed));
  }
}

/** Ids of a process and those that it comes from. Of one that came from another runtime only its parent is known. */
function* lineOf(context: NodeContext): Iterable<string> {
  const { process } = context;
  yield process.id;
  if (context instanceof Activation) {
    let last = context.owner;
    for (let at = last.parent; at !== undefined; at = at.parent) {
      yield at.id;
      last = at;
    }
    if (last.identity.parent !== undefined) yield last.identity.parent;
  } else if (process.parent !== undefined) yield process.parent;
}
