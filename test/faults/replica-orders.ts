import type { State } from './process-state.ts';
import type { Behaviour } from './replica-work.ts';

/** What the process of a replica is told by its parent. */
export type Order =
  | { readonly do: 'listen'; readonly host: string; readonly port: number; readonly ageMs?: number }
  | { readonly do: 'behave'; readonly behaviour: Behaviour }
  | { readonly do: 'state' };

/** What it answers; `loaded` by itself. */
export type Report =
  | { readonly is: 'loaded' }
  | { readonly is: 'listening' }
  | { readonly is: 'failed'; readonly why: string }
  | { readonly is: 'behaving' }
  | { readonly is: 'state'; readonly state: State };
