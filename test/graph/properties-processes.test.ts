import fc from 'fast-check';
import { Code, type Interceptor, key, type StatusError } from 'flowrpc';
import type { Fork, NodeContext } from 'flowrpc/nodes';
import { expect, test } from 'vitest';
import { handWritten, runGraph } from './run-graph.ts';

/** What one process of a tree does, one thing after another. */
type Step =
  | { readonly do: 'set'; readonly value: number }
  | { readonly do: 'hook'; readonly async: boolean; readonly fails: boolean }
  | { readonly do: 'fork'; readonly tree: Tree }
  | { readonly do: 'wait for a fork' }
  | { readonly do: 'join' }
  | { readonly do: 'pause' };
interface Tree {
  readonly steps: readonly Step[];
  readonly end: 'well' | 'throw' | 'never';
}

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record(
    {
      steps: fc.array(
        fc.oneof(
          { depthSize: 'small' },
          fc.record({ do: fc.constant('set' as const), value: fc.nat({ max: 9 }) }),
          fc.record({ do: fc.constant('hook' as const), async: fc.boolean(), fails: fc.boolean() }),
          fc.constant({ do: 'pause' as const }),
          fc.constant({ do: 'wait for a fork' as const }),
          fc.constant({ do: 'join' as const }),
          fc.record({ do: fc.constant('fork' as const), tree: tie('tree') }),
        ),
        { maxLength: 6 },
      ),
      end: fc.oneof(
        { weight: 6, arbitrary: fc.constant('well' as const) },
        fc.constant('throw' as const),
        fc.constant('never' as const),
      ),
    },
    { noNullPrototype: true },
  ) as fc.Arbitrary<Tree>,
}));

const data = key<number>('data');

/** What is seen of one process. */
class Seen {
  /** Hooks in the order of adding, and in the order in which they began. */
  readonly added: number[] = [];
  readonly ran: number[] = [];
  readonly forks: { seen: Seen; fork: Fork; done: boolean; ended: boolean }[] = [];
  started = false;
  ended = false;
  wrong: string | undefined;
}

async function live(of: Tree, context: NodeContext, seen: Seen, inherited: number | undefined): Promise<string> {
  const { process } = context;
  let expected = inherited;
  const check = (): void => {
    // With its end, its data is gone.
    if (!seen.ended && process.get(data) !== expected) seen.wrong = `sees ${process.get(data)}, wanted ${expected}`;
  };
  for (const step of of.steps) {
    check();
    if (step.do === 'set') process.set(data, (expected = step.value));
    else if (step.do === 'pause') await new Promise<void>((resolve) => setImmediate(resolve));
    else if (step.do === 'hook') addHook(step, context, seen);
    else if (step.do === 'fork') fork(step.tree, context, seen, expected);
    else if (step.do === 'wait for a fork') await seen.forks.at(-1)?.fork.done;
    else {
      await process.join();
      const left = seen.forks.some(({ seen: child }) => !child.ended);
      if (left && !seen.ended && !context.signal.aborted) seen.wrong = 'join() did not wait';
    }
  }
  check();
  if (of.end === 'throw') throw new Error('thrown');
  if (of.end === 'never') await new Promise(() => {});
  return 'done';
}

function addHook({ async, fails }: Extract<Step, { do: 'hook' }>, { process }: NodeContext, seen: Seen): void {
  const number = seen.added.length;
  const hook = (): void | Promise<void> => {
    seen.ran.push(number);
    if (async) return Promise.resolve().then(() => (fails ? Promise.reject(new Error('hook')) : undefined));
    if (fails) throw new Error('hook');
  };
  seen.added.push(number);
  const exiting = seen.ended || seen.ran.length > 0;
  const wasAdded = process.onExit(hook);
  if (wasAdded === exiting) seen.wrong = `onExit() gave ${wasAdded}`;
}

function fork(tree: Tree, { process }: NodeContext, seen: Seen, inherited: number | undefined): void {
  const child = new Seen();
  // The first hook of a process is the last to run: with it, all has run.
  const alive = !seen.ended;
  const made = process.fork(
    (context) => {
      if (context.process.parent !== process.id) child.wrong = 'has another parent';
      context.process.onExit(() => void (child.ended = true));
      return live(tree, context, child, inherited);
    },
    { timeoutMs: 60 },
  );
  if (!alive) return;
  const entry = { seen: child, fork: made, done: false, ended: false };
  seen.forks.push(entry);
  made.done.then(() => Object.assign(entry, { done: true, ended: child.ended }));
}

function all(seen: Seen): Seen[] {
  return [seen, ...seen.forks.flatMap((fork) => all(fork.seen))];
}

const timeoutMs = 40;

test('in any tree of processes that fork, wait, fail and are cancelled, hooks run once and last first, data is a copy, and none is left #41 #42 #43 #44', async () => {
  let root = new Seen();
  const scripted = handWritten('scripted', ({ payload }, context) => {
    const seen = root;
    seen.started = true;
    context.process.onExit(() => void (seen.ended = true));
    return live(payload as Tree, context, seen, undefined);
  });
  const graph = await runGraph([{ kind: 'scripted', name: 's' }], [scripted]);

  await fc.assert(
    fc.asyncProperty(tree, fc.option(fc.nat({ max: 4 }), { nil: undefined }), async (script, cancelAfter) => {
      const seen = (root = new Seen());
      const stop = new AbortController();
      const began = Date.now();
      const call = graph.call('s', script, { timeoutMs, signal: stop.signal }).catch((error: StatusError) => error);
      // The handler starts within the call, unless the machine took the whole time for that.
      if (!seen.started) {
        expect(Date.now() - began).toBeGreaterThanOrEqual(timeoutMs);
        expect(await call).toMatchObject({ code: Code.DEADLINE_EXCEEDED });
      }
      if (cancelAfter !== undefined) {
        for (let turn = 0; turn < cancelAfter; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
        stop.abort();
      }
      await call;
      expect(seen.ended).toBe(seen.started);
      await expect.poll(() => graph.processes.size, { interval: 1 }).toBe(0);
      await new Promise<void>((resolve) => setImmediate(resolve));
      for (const one of all(seen)) {
        expect(one.wrong).toBeUndefined();
        expect([...one.ran].sort((a, b) => a - b)).toEqual(one.added);
        for (const child of one.forks) expect(child).toMatchObject({ done: true, ended: true });
      }
      // Whatever was added before the end ran last added first; what came after it ran at once.
      for (const { ran } of all(seen)) {
        const late = ran.findIndex((number, index) => index > 0 && number > ran[index - 1]!);
        const inTime = late === -1 ? ran : ran.slice(0, late);
        expect(inTime).toEqual([...inTime].sort((a, b) => b - a));
      }
    }),
    { numRuns: 2_000, interruptAfterTimeLimit: 4_500 },
  );
});

test('a handler whose deadline passes before it starts never does, and its process leaves nothing (#44)', async () => {
  const busy: Interceptor = async function busy(call, next) {
    while (Date.now() < call.deadline);
    return await next(call);
  };
  let started = 0;
  const counts = handWritten('counts', () => (started += 1));
  const graph = await runGraph([{ kind: 'counts', name: 'c' }], [counts], { nodeInterceptors: [busy] });

  await expect(graph.call('c', null, { timeoutMs })).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });

  expect(started).toBe(0);
  expect(graph.processes.size).toBe(0);
});
