import { condition, loadCondition } from '../nodes/condition-field.ts';
import { parseDuration } from '../nodes/duration.ts';
import { defineKind, type NodeKind } from '../nodes/kind.ts';
import { nodeLabel } from '../nodes/names.ts';
import type { NodeContext } from '../nodes/node-context.ts';
import { sendOr } from '../nodes/outlet.ts';
import { none, type Reply } from '../nodes/reply.ts';
import { checked, fieldsOf, isMapping, optional, text } from '../nodes/schema.ts';
import { equalValues } from '../wire/value-order.ts';
import type { PacketTape } from './packet-tape.ts';

/** The word under `kind:` of test suites. */
export const suiteKind = 'test';

const duration = checked('a duration such as "500ms"', parseDuration);

type Target = { readonly id?: string; readonly name?: string; readonly port: string };

const target = checked<Target>('a node and a port, such as { name: greet, port: in }', (value) => {
  if (!isMapping(value, ['id', 'name', 'port'])) return undefined;
  const { id, name, port } = value;
  if (typeof port !== 'string' || (id === undefined) === (name === undefined)) return undefined;
  return typeof (id ?? name) === 'string' ? (value as unknown as Target) : undefined;
});

type Expectation = { readonly equals: unknown } | ReturnType<typeof condition>;

const expectation = (value: unknown): Expectation =>
  isMapping(value, ['equals']) && 'equals' in value ? { equals: value.equals } : condition(value);

/** The kinds that test graphs are made of. `tape` remembers what `assert` looks at. */
export function testKinds(tape: PacketTape): NodeKind[] {
  return [suite, assertion(tape)];
}

/** Sends null to `out[0]` and what comes back to `out[1]`, as [payload, -1]. An error of either is the reply: the test has failed. */
const suite = defineKind({
  kind: suiteKind,
  spec: fieldsOf({}),
  fields: [],
  outputs: ['out[0]', 'out[1]'],
  setup: () => ({
    async process(_packet, context): Promise<Reply> {
      const result = await context.send('out[0]', null);
      if (result.sent === 0) return new Error('Nothing is linked to out[0], so nothing was tested');
      if (result.reply === none || result.reply instanceof Error) return result.reply;
      const judged = await context.send('out[1]', [result.reply, -1]);
      return judged.reply instanceof Error ? judged.reply : result.reply;
    },
  }),
});

/**
 * Passes [payload, place] on to `out` when the expectation holds; else its reply is an error that says so. With a target it looks at the first
 * packet that passed that port after `place` in this process, waiting for it, and `place` is then that packet's: a second assertion of the same port
 * looks at the next one.
 */
const assertion = (tape: PacketTape): NodeKind =>
  defineKind({
    kind: 'assert',
    spec: fieldsOf({
      expect: expectation,
      target: optional(target),
      timeout: optional(duration),
      message: optional(text('text')),
    }),
    fields: ['expect', 'target', 'timeout', 'message'],
    outputs: ['out'],
    async setup({ expect, target, timeout = 1_000, message }, setup) {
      const holds =
        'equals' in expect
          ? (payload: unknown): unknown => equalValues(payload as never, expect.equals as never)
          : await loadCondition(expect, setup);
      return {
        async process({ payload }, context): Promise<Reply> {
          const [given, place] = split(payload);
          const at =
            target === undefined ? { payload: given, place } : await lookedUp(target, place, timeout, context, tape);
          if (!(await holds(at.payload, context))) throw new Error(failed(message ?? wanted(expect), at.payload));
          const checked = [at.payload, at.place];
          return sendOr(context, 'out', checked, checked);
        },
      };
    },
  });

async function lookedUp(
  { id, name, port }: Target,
  place: number,
  timeoutMs: number,
  { node: { namespace }, process, signal }: NodeContext,
  tape: PacketTape,
): Promise<{ payload: unknown; place: number }> {
  const found = await tape.find(
    process.id,
    {
      port,
      node: (info) => (id === undefined ? info.namespace === namespace && nodeLabel(info) === name : info.id === id),
    },
    { from: place + 1, timeoutMs, signal },
  );
  if (found === undefined)
    throw new Error(`No packet passed port "${port}" of node "${name ?? id}"${place < 0 ? '' : ' after that'}`);
  return { payload: found.packet.payload, place: found.index };
}

/** What a suite or an assertion sends: a payload and the place on the tape; anything else is a payload. */
function split(payload: unknown): readonly [unknown, number] {
  if (Array.isArray(payload) && payload.length === 2 && Number.isInteger(payload[1]) && payload[1] >= -1)
    return [payload[0], payload[1]];
  return [payload, -1];
}

function wanted(expect: Expectation): string {
  if ('equals' in expect) return `equals ${shown(expect.equals)}`;
  return expect.module === undefined ? expect.code : `${expect.module.module} holds`;
}

function failed(what: string, payload: unknown): string {
  return `Expected: ${what}; got ${shown(payload)}`;
}

function shown(value: unknown): string {
  const written = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'bigint' ? `${part}` : part instanceof Error ? part.message : part,
  );
  return written.length > 200 ? `${written.slice(0, 200)}…` : written;
}
