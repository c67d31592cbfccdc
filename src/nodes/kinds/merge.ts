import { defineKind } from '../kind.ts';
import { manyToOne } from '../many-to-one.ts';
import { mergeReplies } from '../merge-replies.ts';
import { numberedPorts } from '../names.ts';
import { checked, fieldsOf, optional } from '../schema.ts';

const inputs = checked('a whole number of in-ports from 1 to 100', (value) =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 100 ? Number(value) : undefined,
);

/** Waits in each process for a payload from every in-port and sends them on as one: a list, or the error among them. */
export const mergeKind = defineKind<{ readonly inputs: number | undefined }>({
  kind: 'merge',
  spec: fieldsOf({ inputs: optional(inputs) }),
  fields: ['inputs'],
  inputs: ({ inputs }) => (inputs === undefined ? ['in[*]'] : numberedPorts('in', inputs)),
  setup: () => manyToOne((payloads) => mergeReplies(payloads)),
});
