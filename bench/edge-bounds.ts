import type { Template } from './edge-graphs.ts';
import { median } from './statistics.ts';

/** A ratio that is watched: what a node adds, by where it is, to what does the same without a node. */
export type Bound =
  | `${Template | 'async'}, local edge : plain call`
  | 'oneToOne, local edge with a timeout : plain call'
  | `${Template}, remote edge : bare unary call`;

/**
 * What must not be exceeded, about three times what was measured: a busy machine is no regression. A plain call is one more awaited
 * async function; a bare unary call is one of grpc-js with the same metadata and deadline. Bounds go down as the code gets faster.
 */
const bounds: Readonly<Record<Bound, number>> = {
  'async, local edge : plain call': 12,
  'oneToOne, local edge with a timeout : plain call': 12,
  'oneToOne, local edge : plain call': 5,
  'oneToMany, local edge : plain call': 8,
  'manyToOne, local edge : plain call': 10,
  'oneToOne, remote edge : bare unary call': 3,
  'oneToMany, remote edge : bare unary call': 3,
  'manyToOne, remote edge : bare unary call': 3,
};

export interface Verdict {
  readonly bound: Bound;
  readonly limit: number;
  /** By round. */
  readonly ratios: readonly number[];
  /** Their median. */
  readonly measured: number;
  readonly exceeded: boolean;
}

/** Judges each ratio by its median over the rounds. */
export function judge(ratios: Readonly<Record<Bound, readonly number[]>>): Verdict[] {
  return (Object.keys(bounds) as Bound[]).map((bound) => {
    const [limit, measured] = [bounds[bound], median(ratios[bound])];
    // Written so that NaN is not within bounds.
    return { bound, limit, ratios: ratios[bound], measured, exceeded: !(measured <= limit) };
  });
}
