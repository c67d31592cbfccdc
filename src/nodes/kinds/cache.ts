import { Flights, isStreamed } from '../cache/flights.ts';
import { ReplyCache } from '../cache/reply-cache.ts';
import { positiveDuration } from '../duration-field.ts';
import { wholeNumber } from '../field-checks.ts';
import { defineKind } from '../kind.ts';
import { compileProgram, programField } from '../languages/program-field.ts';
import type { NodeContext } from '../node-context.ts';
import { sendOr } from '../outlet.ts';
import { none, type Reply } from '../reply.ts';
import { fieldsOf, optional } from '../schema.ts';
import { whenKnown } from '../when-known.ts';

const defaultCapacity = 1_000;
const defaultBytes = 16 * 1024 * 1024;

/**
 * Answers a payload that equals one from before with the reply that it got, and asks `out` for the others. Equal ones that come at one
 * time are asked once. Errors and "no response" are never kept.
 */
export const cacheKind = defineKind({
  kind: 'cache',
  spec: fieldsOf({
    capacity: optional(wholeNumber(1, 1_000_000)),
    interval: optional(positiveDuration),
    bytes: optional(wholeNumber(1, 1024 ** 3)),
    key: optional(programField),
  }),
  fields: ['capacity', 'interval', 'bytes', 'key'],
  async setup(
    { capacity = defaultCapacity, interval: ttlMs = Number.POSITIVE_INFINITY, bytes = defaultBytes, key },
    context,
  ) {
    const run = key === undefined ? undefined : await compileProgram(key, context);
    const keyOf = run && ((payload: unknown, context: NodeContext) => run([payload], context));
    const cache = new ReplyCache({ capacity, bytes, ttlMs });
    const flights = new Flights();

    const question =
      (payload: unknown, context: NodeContext) =>
      async (key: unknown): Promise<Reply> => {
        const reply = await sendOr(context, 'out', payload, payload);
        if (!(reply instanceof Error) && reply !== none && !isStreamed(reply)) cache.set(key, reply);
        return reply;
      };
    const answer = (key: unknown, context: NodeContext, payload: unknown): Reply | Promise<Reply> => {
      const hit = cache.get(key);
      return hit === undefined ? flights.ask(key, context, question(payload, context)) : hit[0];
    };
    return {
      process({ payload }, context) {
        if (keyOf !== undefined) return whenKnown(keyOf, payload, context, answer);
        return isStreamed(payload) ? sendOr(context, 'out', payload, payload) : answer(payload, context, payload);
      },
    };
  },
});
