import { type ConditionField, condition, loadCondition } from '../condition-field.ts';
import { defineKind } from '../kind.ts';
import { matchPort } from '../names.ts';
import type { NodeContext } from '../node-context.ts';
import { sendError, sendOr } from '../outlet.ts';
import { checked, fieldsOf, isMapping } from '../schema.ts';

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
  spec: fieldsOf({ matches }),
  fields: ['matches'],
  outputs: ['out[*]', 'error'],
  idempotency: 'no-side-effects',
  async setup({ matches }, { baseDir }) {
    const cases = await Promise.all(
      matches.map(async ({ when, port }) => ({ port, holds: await loadCondition(when, baseDir) })),
    );
    const choose = async (payload: unknown, context: NodeContext): Promise<unknown> => {
      for (const { port, holds } of cases) {
        if (await holds(payload)) return sendOr(context, port, payload, payload);
      }
      return payload;
    };
    return {
      async process({ payload }, context) {
        try {
          return await choose(payload, context);
        } catch (thrown) {
          return sendError(context, thrown);
        }
      },
    };
  },
});
