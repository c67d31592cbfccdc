import type { ServerResponse } from 'node:http';

/** Requests that are not answered yet. */
export class ActiveRequests {
  readonly #open = new Set<ServerResponse>();
  #onIdle: (() => void) | undefined;

  add(response: ServerResponse): void {
    this.#open.add(response);
    response.once('close', () => {
      this.#open.delete(response);
      if (this.#open.size === 0) this.#onIdle?.();
    });
  }

  /** Resolves when there are none, or the time is over. */
  async idle(graceMs: number): Promise<void> {
    if (this.#open.size === 0 || graceMs <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
