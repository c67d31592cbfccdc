import type { Observable } from './observable.ts';
import { type Recorder, type RecorderOptions, recorder } from './recorder.ts';

/** One recorder for several who look, at work as long as one of them does. */
export class FrameLease implements Disposable {
  readonly #graph: Observable;
  readonly #options: RecorderOptions;
  #recorder: Recorder | undefined;
  #holders = 0;

  constructor(graph: Observable, options: RecorderOptions = {}) {
    this.#graph = graph;
    this.#options = options;
  }

  /** Undefined while nobody looks. */
  get recorder(): Recorder | undefined {
    return this.#recorder;
  }

  /** Has frames recorded until the function is called that comes back. */
  take(): () => void {
    this.#recorder ??= recorder(this.#graph, this.#options);
    this.#holders += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holders -= 1;
      if (this.#holders === 0) this.close();
    };
  }

  close(): void {
    this.#recorder?.close();
    this.#recorder = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
