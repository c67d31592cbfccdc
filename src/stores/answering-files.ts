import type { FileSystem } from './file-system.ts';

/** How often answers are looked for before there is silence: an event loop that is busy looks less often. */
const looks = 10;

interface Waiting {
  readonly path: string;
  readonly reject: (reason: unknown) => void;
}

/** A file system that tells when it does not answer, and that can be given up. */
export class AnsweringFiles {
  /** The file system itself. */
  readonly fs: FileSystem;
  readonly #waiting = new Set<Waiting>();
  #answers = 0;
  #givenUp: { readonly reason: unknown } | undefined;

  constructor(fs: FileSystem) {
    this.fs = this.#heard(fs);
  }

  /** Calls back once nothing was answered for so long, with what is waited for. Gives what ends that. Keeps no process alive. */
  onSilence(ms: number, silent: (path: string | undefined) => void): () => void {
    let heard = this.#answers;
    let quiet = 0;
    const timer = setInterval(
      () => {
        quiet = this.#answers === heard ? quiet + 1 : 0;
        heard = this.#answers;
        if (quiet < looks) return;
        clearInterval(timer);
        const [first] = this.#waiting;
        silent(first?.path);
      },
      Math.max(1, ms / looks),
    ).unref();
    return () => clearInterval(timer);
  }

  /** From now on whatever is asked, or waits for an answer, rejects with this. What the system was asked for may happen yet. */
  giveUp(reason: unknown): void {
    this.#givenUp ??= { reason };
    for (const { reject } of this.#waiting) reject(reason);
    this.#waiting.clear();
  }

  /** Throws what it was given up with. */
  check(): void {
    if (this.#givenUp !== undefined) throw this.#givenUp.reason;
  }

  #heard<T extends object>(target: T, opened?: string): T {
    return new Proxy({} as T, {
      get: (_, name) => {
        const member = Reflect.get(target, name, target) as unknown;
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): Promise<unknown> => {
          const ask = (): Promise<unknown> => Reflect.apply(member, target, args) as Promise<unknown>;
          // A file that is open is closed all the same, and nobody waits for it.
          if (name === 'close' && this.#givenUp !== undefined) return dropped(ask());
          const path = opened ?? String(args[0]);
          return name === 'open' ? this.#open(ask as () => Promise<Closable>, path) : this.#ask(ask, path);
        };
      },
    });
  }

  async #open<T extends Closable>(ask: () => Promise<T>, path: string): Promise<T> {
    return this.#heard(await this.#ask(ask, path, (late) => void dropped(late.close())), path);
  }

  async #ask<T>(ask: () => Promise<T>, path: string, late: (answer: T) => void = () => {}): Promise<T> {
    this.check();
    const answer = ask();
    return await new Promise<T>((resolve, reject) => {
      const waiting = { path, reject };
      this.#waiting.add(waiting);
      const answered = (): boolean => {
        this.#answers += 1;
        return this.#waiting.delete(waiting);
      };
      answer.then(
        (said) => (answered() ? resolve(said) : late(said)),
        (error: unknown) => {
          answered();
          reject(error);
        },
      );
    });
  }
}

interface Closable {
  close(): Promise<unknown>;
}

async function dropped(promise: Promise<unknown>): Promise<void> {
  promise.catch(() => {});
}
