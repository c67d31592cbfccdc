import type { Cancellation } from '../core/cancellation.ts';
import type { StatusError } from '../core/status-error.ts';
import { cancelledError } from './dialogue-error.ts';

interface Pending {
  readonly name: string;
  readonly cancellation: Cancellation;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

const maxId = 0xffff_ffff;

/** The requests of one side that wait for their answers, by id. */
export class PendingRequests {
  readonly #pending = new Map<number, Pending>();
  readonly #onChange: () => void;
  #last = 0;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Waits for an answer under a new id; `cancelled` is called with it when the request's own bounds come first. */
  open(
    name: string,
    cancellation: Cancellation,
    cancelled: (id: number) => void,
  ): { id: number; answer: Promise<unknown> } {
    const id = this.#free();
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { name, cancellation, resolve, reject });
    });
    cancellation.on((reason) => {
      cancelled(id);
      this.#take(id)?.reject(cancelledError(name, reason));
    });
    return { id, answer };
  }

  /** An answer came; one that nobody waits for any more is dropped. */
  answer(id: number, read: () => unknown): void {
    const pending = this.#take(id);
    if (pending === undefined) return;
    try {
      pending.resolve(read());
    } catch (thrown) {
      pending.reject(thrown);
    }
  }

  fail(id: number, error: StatusError): void {
    this.#take(id)?.reject(error);
  }

  /** No more answers will come. */
  failAll(errorFor: (name: string) => StatusError): void {
    for (const [id, { name }] of [...this.#pending]) this.fail(id, errorFor(name));
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#pending.delete(id);
    pending.cancellation.close();
    this.#onChange();
    return pending;
  }

  /** Ids come round again after four billion requests; one may still be waiting since then. */
  #free(): number {
    do this.#last = this.#last === maxId ? 1 : this.#last + 1;
    while (this.#pending.has(this.#last));
    return this.#last;
  }
}
