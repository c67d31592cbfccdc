import { fileURLToPath } from 'node:url';
import { Code } from 'flowrpc';
import { CompileError, type Program, scripts } from 'flowrpc/nodes';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runProgram } from '../../program.ts';
import { runContext } from './evaluate.ts';

const [javascript] = scripts({ workers: 1, maxQueued: 3, timeoutMs: 30_000 });

async function compiled(code: string): Promise<Program> {
  const program = await javascript.compile(code, {});
  onTestFinished(() => program.close?.());
  return program;
}

const slow = 'export default (x) => { const until = Date.now() + 50; while (Date.now() < until); return x; }';

describe('scripts()', () => {
  test('gives the programs their turns: one that runs often does not keep others waiting', async () => {
    const often = await compiled(slow);
    const seldom = await compiled('export default (x) => x');
    const order: unknown[] = [];
    const run = async (program: Program, x: string): Promise<void> => {
      order.push(await program.run([x], runContext()));
    };

    await Promise.all([run(often, 'a'), run(often, 'b'), run(often, 'c'), run(seldom, 'x')]);

    expect(order).toEqual(['a', 'b', 'x', 'c']);
  });

  test('refuses runs with RESOURCE_EXHAUSTED when too many wait', async () => {
    const program = await compiled(slow);
    const runs = [1, 2, 3, 4, 5].map((x) => Promise.resolve(program.run([x], runContext())));

    const settled = await Promise.allSettled(runs);

    expect(settled.map(({ status }) => status)).toEqual([...Array(4).fill('fulfilled'), 'rejected']);
    await expect(runs[4]).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      statusMessage: 'Cannot run the script: 3 others wait for a thread already',
    });
  });

  test('leaves out runs that were cancelled while they waited', async () => {
    const program = await compiled(slow);
    const cancel = new AbortController();
    const first = program.run([1], runContext());
    const waiting = program.run([2], runContext({ signal: cancel.signal }));

    cancel.abort(new Error('not any more'));

    await expect(waiting).rejects.toThrow('not any more');
    expect(await Promise.all([first, program.run([3], runContext())])).toEqual([1, 3]);
  });

  test('begins anew after its last program was closed', async () => {
    const program = await compiled('export default (x) => x');
    await program.close?.();

    expect(await (await compiled('export default (x) => -x')).run([1], runContext())).toBe(-1);
  });

  test('keeps no process alive with threads that have nothing to do', { timeout: 90_000 }, async () => {
    const file = fileURLToPath(new URL('./idle-threads.ts', import.meta.url));

    expect(await runProgram(file, [], { timeoutMs: 80_000 })).toMatchObject({ code: 0, stdout: '2\n' });
  });

  test('keeps no listener of a signal', async () => {
    const program = await compiled('export default (x) => x');
    let listeners = 0;
    const { signal } = new AbortController();
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };

    await program.run([1], runContext({ signal }));

    expect(listeners).toBe(0);
  });

  test('refuses a program that wants its thread for longer than maxTimeoutMs, 30 s by default, S-12', async () => {
    const code = 'export default () => 1';
    const [short] = scripts({ maxTimeoutMs: 2_000 });
    const [long] = scripts({ timeoutMs: 60_000 });

    await expect(javascript.compile(code, { timeoutMs: 36e6 })).rejects.toThrow(/wanted a timeout of at most 30000 ms/);
    await expect(short.compile(code, { timeoutMs: 2_001 })).rejects.toBeInstanceOf(CompileError);
    for (const [language, timeoutMs] of [
      [short, 2_000],
      [long, 60_000],
    ] as const)
      await (await language.compile(code, { timeoutMs })).close?.();
  });

  test.each([1_000, 300_000])(
    'a text that nests %d deep, which types cannot be taken out of, spoils none that come after it, S-12',
    async (depth) => {
      const [, typescript] = scripts({ workers: 1 });
      const deep = `export default ${'('.repeat(depth)}1${')'.repeat(depth)}`;

      const all = await Promise.allSettled([
        typescript.compile('export default (x: number): number => x', {}),
        ...Array.from({ length: 3 }, () => typescript.compile(deep, {})),
        typescript.compile('export default (x: number): number => x + 1', {}),
      ]);

      for (const one of all) if (one.status === 'fulfilled') onTestFinished(() => one.value.close?.());
      expect(all.map(({ status }) => status)).toEqual(['fulfilled', ...Array(3).fill('rejected'), 'fulfilled']);
      expect(all[1]).toMatchObject({ reason: { name: 'CompileError', message: 'it nests too deep' } });
    },
  );

  test('refuses options that it does not know, or that could not work', () => {
    expect(() => scripts({ worker: 1 } as object)).toThrow(/unknown, did you mean "workers"/);
    expect(() => scripts({ workers: 0 })).toThrow(/workers 0/);
    expect(() => scripts({ timeoutMs: 200, maxTimeoutMs: 100 })).toThrow(
      /timeoutMs 200: wanted at most maxTimeoutMs, 100/,
    );
  });
});
