import { type State, stateOfProcess } from './process-state.ts';
import type { RestartableReplica } from './replica.ts';

const mebibyte = 1024 * 1024;

/**
 * How much more the driver and a replica hold than when it began, once their garbage is gone. What they have of the system comes and goes by more than
 * what a bar allows.
 */
export class MemoryWatch {
  readonly #replica: Watched;
  readonly #began: Both;

  private constructor(replica: Watched, began: Both) {
    this.#replica = replica;
    this.#began = began;
  }

  static async begin(replica: Watched): Promise<MemoryWatch> {
    return new MemoryWatch(replica, await both(replica));
  }

  /** In MiB; of the replica also what it has of the system, which no bar is about. */
  async grown(): Promise<{ driverMiB: number; replicaMiB: number; replicaRssMiB: number }> {
    const now = await both(this.#replica);
    const began = this.#began;
    return {
      driverMiB: mebibytes(now.driver.held - began.driver.held),
      replicaMiB: mebibytes(now.replica.held - began.replica.held),
      replicaRssMiB: mebibytes(now.replica.rss - began.replica.rss),
    };
  }
}

type Watched = Pick<RestartableReplica, 'name' | 'state'>;

interface Both {
  readonly driver: State;
  readonly replica: State;
}

async function both(replica: Watched): Promise<Both> {
  const seen = await replica.state();
  if (seen === undefined) throw new Error(`Cannot see what replica ${replica.name} holds: it has ended`);
  return { driver: stateOfProcess(), replica: seen };
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / mebibyte);
}
