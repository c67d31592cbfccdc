import type { Logger } from '../observability/logger.ts';
import { createServer, type Server } from '../server/server.ts';
import { publish, type Swap } from './swap.ts';
import type { Wiring } from './wiring.ts';

/** The server of a graph that was given none: it listens nowhere, and is made when somebody in the graph asks for its services. */
export class OwnServer {
  readonly #logger: Logger;
  #server: Server | undefined;
  #filled = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Has its services once the nodes that are being made are in their places. */
  get(): Server {
    return (this.#server ??= createServer({ logger: this.#logger }));
  }

  /** One wiring took the place of another. */
  follow({ gone, served }: Swap, { nodes }: Wiring): void {
    if (this.#server === undefined) return;
    if (this.#filled) return publish({ gone, served }, this.#server);
    this.#filled = true;
    const outer = nodes.filter(({ plan }) => plan.block === undefined);
    publish({ gone: [], served: outer.map((live) => ({ live, old: undefined })) }, this.#server);
  }

  async close(): Promise<void> {
    await this.#server?.close({ graceMs: 0 });
  }
}
