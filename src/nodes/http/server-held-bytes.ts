/** Of bodies that are held, all connections of a listener together. */
const mostBytes = 256 * 1024 * 1024;

/** Counts what requests hold, so that many clients together cannot have all of the memory. */
export class HeldBytes {
  #used = 0;

  /** What one request holds: `take` says whether there is room for more, `free` gives all of it back. */
  part(): HeldPart {
    let own = 0;
    return {
      take: (bytes) => {
        if (this.#used + bytes > mostBytes) return false;
        this.#used += bytes;
        own += bytes;
        return true;
      },
      free: () => {
        this.#used -= own;
        own = 0;
      },
    };
  }
}

export interface HeldPart {
  take(bytes: number): boolean;
  free(): void;
}
