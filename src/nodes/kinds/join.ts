import type { StandardSchemaV1 } from '@standard-schema/spec';
import { key } from '../../core/key.ts';
import { isPromise } from '../../core/requests.ts';
import { Activation } from '../activation.ts';
import { duration } from '../duration-field.ts';
import { oneOf, wholeNumber } from '../field-checks.ts';
import { Assemblies } from '../join/assemblies.ts';
import { Gathering } from '../join/gathering.ts';
import { type JoinMode, JoinRule } from '../join/rule.ts';
import { defineKind } from '../kind.ts';
import { compileProgram, type ProgramField, programField } from '../languages/program-field.ts';
import { numberedPorts } from '../names.ts';
import type { NodeContext, NodeInstance, SetupContext } from '../node-context.ts';
import { sendOutputOf } from '../one-to-one.ts';
import type { Reply } from '../reply.ts';
import { fieldsOf, optional } from '../schema.ts';

const ports = wholeNumber(1, 100);

interface JoinFields {
  readonly mode: JoinMode | undefined;
  readonly k: number | undefined;
  readonly window: number | undefined;
  readonly inputs: number | undefined;
  readonly branches: number | undefined;
  readonly delay: number | undefined;
  readonly by: ProgramField | undefined;
}

/**
 * Puts parts together: all (inner), those that come within a window (outer), the first (any), or the first k. With `branches` it sends each payload to them and
 * puts their replies together; calls that are not needed any more are cancelled. Without, it puts together what a process brings to its in-ports.
 */
export const joinKind = defineKind<JoinFields>({
  kind: 'join',
  spec: fieldsOf(
    {
      mode: optional(oneOf(['inner', 'outer', 'any', 'k'])),
      k: optional(ports),
      window: optional(duration),
      inputs: optional(ports),
      branches: optional(ports),
      delay: optional(duration),
      by: optional(programField),
    },
    (fields): StandardSchemaV1.Issue | undefined => wrongTogether(fields),
  ),
  fields: ['mode', 'k', 'window', 'inputs', 'branches', 'delay', 'by'],
  inputs: ({ inputs, branches }) =>
    branches !== undefined ? ['in'] : inputs === undefined ? ['in[*]'] : numberedPorts('in', inputs),
  outputs: ({ branches }) => [...numberedPorts('branch', branches ?? 0), 'out', 'error'],
  setup: (fields, context) => (fields.branches === undefined ? assembling(fields, context) : gathering(fields)),
});

function gathering({ mode = 'inner', k, window, branches = 1, delay }: JoinFields): NodeInstance {
  const options = { rule: new JoinRule(mode, branches, k), windowMs: window, delayMs: delay };
  return {
    process: ({ payload }, context) => sendOutputOf(() => new Gathering(payload, context, options).run(), context),
  };
}

async function assembling({ mode = 'inner', k, window, by }: JoinFields, context: SetupContext): Promise<NodeInstance> {
  const { inputs } = context.node;
  const rule = new JoinRule(mode, inputs.length, k);
  const assembliesKey = key<Assemblies>('join');
  const keyOf = by === undefined ? undefined : await compileProgram(by, context);
  const take = (key: unknown, payload: unknown, context: NodeContext): Reply | Promise<Reply> => {
    const assemblies = context.process.state(assembliesKey, () => new Assemblies(rule, window));
    return assemblies.take(key, inputs.indexOf(context.port), payload, context);
  };
  return {
    perProcess: true,
    process({ payload }, context) {
      // Whoever waits for the window keeps nobody from bringing more.
      if (context instanceof Activation) context.release();
      return sendOutputOf(() => {
        const key = keyOf === undefined ? null : keyOf([payload], context);
        if (!isPromise(key)) return take(key, payload, context);
        return Promise.resolve(key).then((settled: unknown) => take(settled, payload, context));
      }, context);
    },
  };
}

function wrongTogether({ mode = 'inner', k, window, inputs, branches, delay, by }: JoinFields) {
  const issue = (field: string, message: string) => ({ path: [field], message });
  if (inputs !== undefined && branches !== undefined) return issue('inputs', 'wanted "inputs" or "branches", not both');
  if ((mode === 'k') !== (k !== undefined)) return issue('k', 'wanted together with mode: k');
  const count = branches ?? inputs;
  if (k !== undefined && count !== undefined && k > count)
    return issue('k', `wanted at most ${count}, as many as there are`);
  if (mode === 'outer' && window === undefined && branches === undefined)
    return issue('window', 'wanted for mode: outer, such as "50ms"');
  if (by !== undefined && branches !== undefined) return issue('by', 'belongs to in-ports, not to branches');
  if (delay !== undefined && (branches === undefined || (mode !== 'any' && mode !== 'k')))
    return issue('delay', 'wanted with branches and mode: any or k');
  return undefined;
}
