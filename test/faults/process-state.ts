import { readdirSync } from 'node:fs';

/** What a process holds at one moment. */
export interface State {
  readonly rss: number;
  readonly handles: number;
  /** Open files and sockets. */
  readonly files: number;
}

export function stateOfProcess(): State {
  return {
    rss: process.memoryUsage.rss(),
    handles: process.getActiveResourcesInfo().length,
    files: readdirSync('/proc/self/fd').length,
  };
}
