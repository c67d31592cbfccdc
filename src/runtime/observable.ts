import type { Probe } from '../nodes/probe.ts';

/** Whatever lets its packets be looked at: a graph. */
export interface Observable {
  /** Until the function is called that comes back. */
  observe(probe: Probe): () => void;
}
