import type { GraphChange } from './graph.ts';
import { changeOf } from './graph-change.ts';
import { type GraphState, type StateChange, stateAfter } from './graph-state.ts';
import { type Leftovers, leftoversOf } from './leftovers.ts';
import type { Steps } from './steps.ts';
import { type Swap, swapOf } from './swap.ts';

/** All that is to be known before one graph takes the place of another: what is left then is done in one turn. */
export interface Transition {
  readonly after: GraphState;
  readonly swap: Swap;
  readonly leftovers: Leftovers;
  readonly change: GraphChange;
}

/** In steps; nothing of what runs is touched. */
export function* transitionFrom(before: GraphState, next: StateChange): Steps<Transition> {
  const after = yield* stateAfter(before, next);
  const swap = yield* swapOf(before.wiring, after.wiring, after.plans);
  const leftovers = yield* leftoversOf(before.wiring, after.wiring);
  const change = yield* changeOf(before, after);
  return { after, swap, leftovers, change };
}
