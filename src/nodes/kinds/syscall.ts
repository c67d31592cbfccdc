import { didYouMean } from '../../core/suggest.ts';
import { flag } from '../field-checks.ts';
import { defineKind } from '../kind.ts';
import type { NodeContext, SetupContext } from '../node-context.ts';
import { storesFor } from '../node-stores.ts';
import { oneToOne } from '../one-to-one.ts';
import { fieldsOf, optional, text } from '../schema.ts';
import { Documents } from '../syscall/documents.ts';
import { callOf } from '../syscall/functions.ts';
import { resourceNames, resourceOf } from '../syscall/resource.ts';

const actions = ['create', 'read', 'update', 'delete'] as const;

interface SyscallFields {
  readonly opcode: string;
  readonly trusted: boolean | undefined;
  readonly reveal: boolean | undefined;
}

/**
 * Reads and changes what the runtime is made of: `specs.create`, `values.read`, `charts.update` and so on, or calls a function that the program has
 * registered. What it writes is guarded as what comes in by Control is, unless its own spec is the operator's and says `trusted`.
 */
export const syscallKind = defineKind<SyscallFields>({
  kind: 'syscall',
  spec: fieldsOf({
    opcode: text('what to call, such as "specs.create"'),
    trusted: optional(flag),
    reveal: optional(flag),
  }),
  fields: ['opcode', 'trusted', 'reveal'],
  setup: (fields, context) => oneToOne(operation(fields, context)),
});

function operation(
  { opcode, trusted = false, reveal = false }: SyscallFields,
  { functions = {}, stores, node: { kind, namespace } }: SetupContext,
): (payload: unknown, context: NodeContext) => unknown {
  if (Object.hasOwn(functions, opcode)) return callOf(functions[opcode]!);
  const [name, verb] = opcode.split('.', 2);
  const resource = resourceNames.find((known) => known === name);
  const action = actions.find((known) => known === verb);
  if (resource === undefined || action === undefined || opcode !== `${name}.${verb}`) {
    const known = [
      ...resourceNames.flatMap((each) => actions.map((one) => `${each}.${one}`)),
      ...Object.keys(functions),
    ];
    throw new Error(
      `unknown opcode "${opcode}"${didYouMean(opcode, known) || ': wanted <resource>.<action>, such as "specs.create", or a function of GraphOptions.functions'}`,
    );
  }
  const documents = new Documents({
    resource: resourceOf(resource, storesFor(kind, stores)),
    namespace,
    trusted,
    reveal,
  });
  return (payload) => documents[action](payload);
}
