import { defineKind } from '../kind.ts';
import { thrownOf } from '../thrown-of.ts';

/** Answers with an error made of its payload: a text, an error, `{ code, message, details }`, or a list of those. Null is no error. */
export const throwKind = defineKind({
  kind: 'throw',
  fields: [],
  outputs: [],
  idempotency: 'no-side-effects',
  setup: () => ({ process: ({ payload }) => thrownOf(payload) ?? payload }),
});
