import { readdirSync } from 'node:fs';
import { collectGarbage } from '../collect-garbage.ts';

/** What a process holds at one moment, once its garbage is gone; bytes. */
export interface State {
  /** What it has of the system, which gives it back when it sees fit. */
  readonly rss: number;
  /** What it holds on its heap and outside of it. */
  readonly held: number;
  readonly handles: number;
  /** Open files and sockets. */
  readonly files: number;
}

export function stateOfProcess(): State {
  // Twice: what the first finds to be finalized is gone with the second.
  collectGarbage();
  collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    rss,
    held: heapUsed + external,
    handles: process.getActiveResourcesInfo().length,
    files: readdirSync('/proc/self/fd').length,
  };
}
