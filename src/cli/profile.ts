import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';

export interface ProfileOptions {
  /** Where a CPU profile is written at the end. */
  cpuprofile?: string;
  /** Where a sampled heap profile is written at the end. */
  memprofile?: string;
}

/** Profiles this process until it is disposed of, which writes the files. Chrome's tools open them. */
export class Profiling implements AsyncDisposable {
  readonly #session: Session;
  readonly #options: ProfileOptions;

  private constructor(session: Session, options: ProfileOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** Undefined when nothing is asked for. */
  static async start(options: ProfileOptions): Promise<Profiling | undefined> {
    const { cpuprofile, memprofile } = options;
    if (cpuprofile === undefined && memprofile === undefined) return undefined;
    const session = new Session();
    session.connect();
    if (cpuprofile !== undefined) {
      await session.post('Profiler.enable');
      await session.post('Profiler.start');
    }
    if (memprofile !== undefined) await session.post('HeapProfiler.startSampling');
    return new Profiling(session, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { cpuprofile, memprofile } = this.#options;
    if (cpuprofile !== undefined) {
      const { profile } = await this.#session.post('Profiler.stop');
      await writeFile(cpuprofile, JSON.stringify(profile));
    }
    if (memprofile !== undefined) {
      const { profile } = await this.#session.post('HeapProfiler.stopSampling');
      await writeFile(memprofile, JSON.stringify(profile));
    }
    this.#session.disconnect();
  }
}
