import assert from 'node:assert/strict';
import { silentLogger } from 'flowrpc';
import { CompileError, createLanguages, type Program } from 'flowrpc/nodes';
import { lines } from '../shapes/lines.ts';
import type { FuzzTarget } from '../target.ts';

const payload = {
  a: [1, 2.5, -3],
  b: { c: 'text', d: null },
  t: true,
  n: 7,
  big: 2n ** 60n,
  bytes: new Uint8Array([1]),
};
const scriptTimeoutMs = 200;

/** Expressions and scripts, read and run with a limit. Those that begin with `!` are JavaScript. */
export async function expressions(): Promise<FuzzTarget> {
  const languages = createLanguages();
  // Keeps the threads between scripts.
  const keeper = await languages.get('javascript').compile('export default (x) => x', {});
  const log = silentLogger;
  return {
    shape: lines,
    words: [
      ...[
        'self',
        '.a',
        '.b.c',
        '[0]',
        'has(',
        'size(',
        '.map(x, ',
        '.filter(x, ',
        '.all(x, ',
        '.exists(x, ',
        '.matches("',
      ],
      ...[' ? ', ' : ', ' && ', ' || ', ' in ', '==', '!=', '<', '+', '-', '*', '/', '%', '(', ')', '{', '}', "'", '"'],
      ...[
        'int(',
        'double(',
        'string(',
        'bytes(',
        'duration("',
        'timestamp("',
        'optional.none()',
        'cel.bind(x, ',
        'dyn(',
      ],
      ...[
        '!',
        'export default ',
        '(x) => ',
        'async ',
        'await ',
        'while (true) {}',
        'throw ',
        'new Array(1e9)',
        'globalThis',
      ],
    ],
    async run(input) {
      const text = input.toString('utf8');
      const script = text.startsWith('!');
      let program: Program;
      try {
        const language = languages.get(script ? 'javascript' : 'cel');
        program = await language.compile(script ? text.slice(1) : text, { timeoutMs: scriptTimeoutMs });
      } catch (error) {
        assert(error instanceof CompileError, error as Error);
        return;
      }
      const before = JSON.stringify(payload.b);
      try {
        await program.run([payload], { signal: AbortSignal.timeout(2_000), deadline: Number.POSITIVE_INFINITY, log });
      } catch (error) {
        assert(error instanceof Error, String(error));
      } finally {
        await program.close?.();
      }
      assert.equal(JSON.stringify(payload.b), before, 'a program changed what it was given');
      assert.equal(Object.keys(Object.prototype).length, 0, 'all objects have a new property');
    },
    async close() {
      await keeper.close?.();
    },
  };
}
