import fc from 'fast-check';
import { Code, type ErrorCode, StatusError } from 'flowrpc';
import { none, type Reply } from 'flowrpc/nodes';
import { expect, test } from 'vitest';
import { handWritten, mapping, runGraph, to } from './run-graph.ts';

/** What one of several targets answers. */
type Answer =
  | { readonly is: 'none' }
  | { readonly is: 'value'; readonly value: unknown }
  | { readonly is: 'error'; readonly code: number; readonly message: string; readonly thrown: boolean };

const receivers = 6;
const names = Array.from({ length: receivers }, (_, index) => `n${index}`);
const errorCodes = [Code.UNKNOWN, Code.NOT_FOUND, Code.UNAVAILABLE, Code.ABORTED];

const answer: fc.Arbitrary<Answer> = fc.oneof(
  fc.constant({ is: 'none' as const }),
  fc.record({
    is: fc.constant('value' as const),
    value: fc.oneof(fc.constant(null), fc.integer(), fc.string(), fc.array(fc.integer())),
  }),
  fc.record({
    is: fc.constant('error' as const),
    code: fc.constantFrom(...errorCodes),
    message: fc.string(),
    thrown: fc.boolean(),
  }),
);

/** The merge rule as DESIGN words it, on its own. */
function expected(
  answers: readonly Answer[],
): { is: 'reply'; reply: Reply } | { is: 'error'; code: number; message: string } {
  const errors = answers.flatMap((one) => (one.is === 'error' ? [one] : []));
  if (errors.length === 0) {
    const values = answers.flatMap((one) => (one.is === 'value' ? [one.value] : []));
    return { is: 'reply', reply: values.length === 0 ? none : values.length === 1 ? values[0] : values };
  }
  const lost = (code: number): boolean => code === Code.UNAVAILABLE;
  const ordered = [...errors.filter(({ code }) => !lost(code)), ...errors.filter(({ code }) => lost(code))];
  const shown = ordered
    .slice(0, 3)
    .map(({ message }) => message)
    .join('; ');
  const more = ordered.length > 3 ? `; +${ordered.length - 3} more` : '';
  return { is: 'error', code: ordered[0]!.code, message: shown + more };
}

test('whatever several targets answer, and in whatever order, the reply is what the merge rule says #27 #28 #29', async () => {
  let scheduler: fc.Scheduler | undefined;
  const answering = handWritten('answering', async ({ payload }, { node }) => {
    const one = (payload as Answer[])[Number(node.name!.slice(1))]!;
    await scheduler?.schedule(Promise.resolve(), node.name);
    if (one.is === 'none') return none;
    if (one.is === 'value') return one.value;
    const error = new StatusError(one.code as ErrorCode, one.message);
    if (one.thrown) throw error;
    return error;
  });
  const graph = await runGraph(
    [{ kind: 'echo', name: 'start', ports: to({ out: names }) }, ...names.map((name) => ({ kind: 'answering', name }))],
    [mapping('echo', (payload) => payload), answering],
  );
  const answers = fc.array(answer, { minLength: receivers, maxLength: receivers });

  await fc.assert(
    fc.asyncProperty(answers, fc.option(fc.scheduler(), { nil: undefined }), async (given, chosen) => {
      scheduler = chosen;
      const call = graph.call('start', given).then(
        (reply) => ({ is: 'reply', reply }),
        ({ code, statusMessage }: StatusError) => ({ is: 'error', code, message: statusMessage }),
      );
      await (chosen === undefined ? call : chosen.waitFor(call));
      expect(await call).toEqual(expected(given));
    }),
    { numRuns: 1_000 },
  );
  expect(graph.processes.size).toBe(0);
});
