import { Code } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import type { Process } from '../nodes/process.ts';
import { ProcessStream, type ProcessStreamInit } from './process-stream.ts';

/**
 * The streams of one process along one edge: one for each number of hops behind. Packets that come back here in a cycle have a longer way behind
 * them, and must not wait for those that wait for them.
 */
export class ProcessStreams {
  readonly #byHops = new Map<number, ProcessStream>();
  #closed = false;

  /** They end with the process, before its caller is told. */
  constructor(process: Process) {
    const { exitMs } = process.entry.host.limits;
    void process.onExit((error) => this.#finish(error, exitMs));
  }

  /** The stream for packets with so many hops behind; another one when the last was over before any peer saw it. */
  at(hops: number, init: () => ProcessStreamInit): ProcessStream {
    if (this.#closed) throw new StatusError(Code.CANCELLED, 'The process has ended');
    const known = this.#byHops.get(hops);
    if (known !== undefined && !known.ended?.unseen) return known;
    const stream = new ProcessStream(init());
    this.#byHops.set(hops, stream);
    return stream;
  }

  async #finish(error: Error | undefined, exitMs: number): Promise<void> {
    this.#closed = true;
    const failures = await Promise.all([...this.#byHops.values()].map((stream) => stream.finish(error, exitMs)));
    const failed = failures.find((failure) => failure !== undefined);
    if (failed !== undefined) throw failed;
  }
}
