import { isPromise } from '../../core/requests.ts';
import { type ConditionField, condition, loadCondition } from '../condition-field.ts';
import { positiveDuration } from '../duration-field.ts';
import { defineKind } from '../kind.ts';
import { matchPort } from '../names.ts';
import type { NodeContext } from '../node-context.ts';
import { sendError, sendOr } from '../outlet.ts';
import type { Reply } from '../reply.ts';
import { checked, fieldsOf, isMapping, optional } from '../schema.ts';

interface Match {
  readonly when: ConditionField;
  /** By its full name. */
  readonly port: string;
}

const wanted = 'a list such as [{ when: "self.age >= 18", port: "out[0]" }]';

const matches = checked(wanted, (value): Match[] | undefined => {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value.map((item: unknown, index) => {
    const port =
      isMapping(item, ['when', 'port']) && typeof item.port === 'string' ? matchPort(['out[*]'], item.port) : undefined;
    if (port === undefined) throw new Error(`match ${index + 1} is not understood, wanted ${wanted}`);
    return { when: condition((item as Record<string, unknown>).when), port };
  });
});

/** Sends the payload to the port of the first condition that holds. None holds: the payload is the reply. */
export const switchKind = defineKind({
  kind: 'switch',
  spec: fieldsOf({ matches, timeout: optional(positiveDuration) }),
  fields: ['matches', 'timeout'],
  outputs: ['out[*]', 'error'],
  async setup({ matches, timeout }, context) {
    const cases = await Promise.all(
      matches.map(async ({ when, port }) => ({
        port,
        holds: await loadCondition(when, context, { timeoutMs: timeout }),
      })),
    );
    const choose = (first: number, payload: unknown, context: NodeContext): Reply | Promise<Reply> => {
      for (let index = first; index < cases.length; index++) {
        const { port, holds } = cases[index]!;
        let found: boolean | Promise<boolean>;
        try {
          found = holds(payload, context);
        } catch (thrown) {
          return sendError(context, thrown);
        }
        if (isPromise(found)) {
          return Promise.resolve(found).then(
            (holding) => (holding ? sendOr(context, port, payload, payload) : choose(index + 1, payload, context)),
            (thrown) => sendError(context, thrown),
          );
        }
        if (found) return sendOr(context, port, payload, payload);
      }
      return payload;
    };
    return { process: ({ payload }, context) => choose(0, payload, context) };
  },
});
