import type { Server } from '../server/server.ts';

/** Undoes what was opened. */
export type Close = () => unknown;

/** Opens something and says how to close it again. */
export type Open = (server: Server) => Close | void | Promise<Close>;

/**
 * What the interceptors of one config file have in common: what they share, what opens when the server starts, and what is closed after it.
 */
export class Wiring {
  readonly #shared = new Map<() => unknown, unknown>();
  readonly #opening = new Set<Open>();
  readonly #closing: Close[] = [];

  /** What `make` gives, made once. */
  shared<T>(make: () => T): T {
    if (!this.#shared.has(make)) this.#shared.set(make, make());
    return this.#shared.get(make) as T;
  }

  /** Opens something with the server, once for each function. */
  onOpen(open: Open): void {
    this.#opening.add(open);
  }

  /** Closes what is open already. */
  onClose(close: Close): void {
    this.#closing.push(close);
  }

  /** Before the server listens. */
  async open(server: Server): Promise<void> {
    for (const open of this.#opening) {
      const close = await open(server);
      if (close !== undefined) this.#closing.push(close);
    }
  }

  /** Closes everything, what was opened last first. A part that fails does not keep the others open. */
  async close(): Promise<void> {
    for (const close of this.#closing.splice(0).toReversed()) {
      try {
        await close();
      } catch {}
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
