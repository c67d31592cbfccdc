import type { Edge } from './node.ts';
import type { Unanswered } from './unanswered.ts';
import { Window } from './window.ts';

/** The windows of the out-ports that one process, or one handler, sends by, made once a handler has several packets unanswered. */
export class Windows {
  readonly #byPort = new Map<readonly Edge[], Window>();

  at(edges: readonly Edge[]): Window | undefined {
    return this.#byPort.get(edges);
  }

  /** Makes the window of a port, and counts what is unanswered already. */
  make(edges: readonly Edge[], unanswered: Iterable<Unanswered>): Window {
    const window = new Window();
    this.#byPort.set(edges, window);
    for (const one of unanswered) {
      if (one.edges !== edges || one.window !== undefined) continue;
      one.window = window;
      window.take(one.bytes);
    }
    return window;
  }
}
