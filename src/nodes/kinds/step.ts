import type { NodeKind } from '../kind.ts';
import { blockKind } from './block.ts';

/** Nodes one after the other: what leaves one by `out` comes in at the next by `in`. What any of them sends to `error` leaves by that of the step. */
export const stepKind: NodeKind = Object.freeze({ ...blockKind, kind: 'step', fields: ['specs'], composed: 'chain' });
