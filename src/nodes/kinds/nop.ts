import { defineKind } from '../kind.ts';
import { none } from '../reply.ts';

/** Answers whatever it takes with "no response". */
export const nopKind = defineKind({
  kind: 'nop',
  fields: [],
  outputs: [],
  idempotency: 'no-side-effects',
  setup: () => ({ process: () => none }),
});
