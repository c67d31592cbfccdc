import { BalanceNode } from '../balance-node.ts';
import { positiveDuration } from '../duration-field.ts';
import { defineKind } from '../kind.ts';
import { protoIssues } from '../proto-issues.ts';
import { forwardField, metadataField } from '../rpc-metadata.ts';
import { checked, fieldsOf, optional, text } from '../schema.ts';

const targets = checked('a list of addresses such as ["10.0.0.1:50051", "10.0.0.2:50051"]', (value) =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string' && item !== '')
    ? (value as readonly string[])
    : undefined,
);

/** Gives its packets in turn to several runtimes that have the same node, or servers that have the same method. */
export const balanceKind = defineKind({
  kind: 'balance',
  spec: fieldsOf({
    targets,
    service: text('the full name of a node or a service such as "default.greet"'),
    method: optional(text('an in-port or a method')),
    proto: optional(text('the path of a proto file')),
    timeout: optional(positiveDuration),
    metadata: optional(metadataField),
    forward: optional(forwardField),
  }),
  fields: ['targets', 'service', 'method', 'proto', 'timeout', 'metadata', 'forward'],
  check: ({ method = 'in', ...fields }, { baseDir }) => protoIssues({ method, ...fields }, baseDir),
  setup({ targets, method = 'in', timeout: timeoutMs, ...fields }, { channel, baseDir }) {
    const node = new BalanceNode(targets.map(channel), { method, timeoutMs, baseDir, ...fields });
    // Nobody waits for it: places may come up later.
    void node.look();
    return node;
  },
});
