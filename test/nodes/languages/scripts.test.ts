import fc from 'fast-check';
import { Code } from 'flowrpc';
import { CompileError, createLanguages, type Language, type Program } from 'flowrpc/nodes';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { runContext } from './evaluate.ts';

const languages = createLanguages();
const javascript = languages.get('javascript');
const typescript = languages.get('typescript');

/** Keeps the threads of the languages until all tests are done. */
const keeper = await javascript.compile('export default (value) => value', { timeoutMs: 30_000 });
afterAll(() => keeper.close?.());

async function compiled(code: string, language: Language = javascript, timeoutMs?: number): Promise<Program> {
  const program = await language.compile(code, { timeoutMs });
  onTestFinished(() => program.close?.());
  return program;
}

async function run(code: string, args: readonly unknown[] = [1], timeoutMs?: number): Promise<unknown> {
  return await (await compiled(code, javascript, timeoutMs)).run(args, runContext());
}

describe('javascript', () => {
  test.each([
    ['a function', 'export default (x) => x + 1', 2],
    ['an asynchronous function', 'export default async (x) => { await null; return [x]; }', [1]],
    ['a named function', 'export default function twice(x) { return x * 2; }', 2],
    ['a function of CommonJS', 'module.exports = (x) => x * 3', 3],
    ['a default of CommonJS', 'exports.default = (x) => x * 4', 4],
    ['a function that waits as it is loaded', 'await null; export default (x) => x', 1],
    ['a function that gives null', 'export default () => null', null],
  ])('calls the default export of the arguments, #79: %s', async (_what, code, result) => {
    expect(await run(code)).toEqual(result);
  });

  test('gets all arguments in order', async () => {
    expect(await run('export default (...all) => all', [1, 'two', [3]])).toEqual([1, 'two', [3]]);
  });

  test('takes and gives every kind of value as it is, #20', async () => {
    const value = {
      bytes: new Uint8Array([1, 2, 255]),
      big: 2n ** 63n,
      safe: 2 ** 53 - 1,
      negative: -0,
      nan: Number.NaN,
      infinite: Number.NEGATIVE_INFINITY,
      object: {},
      list: [],
      text: '',
      nothing: null,
      no: false,
      '\0': 'marked',
      __proto_: [[{ deep: [-0, new Uint8Array()] }]],
      strange: 'é😀\u2028\0\ud800',
    };

    expect(await run('export default (x) => x', [value])).toEqual(value);
    expect(await run('export default (x) => typeof x.big + x.bytes.length + x.list.length', [value])).toBe('bigint30');
  });

  test('gives back any value that JSON has', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        expect(await keeper.run([value], runContext())).toEqual(value);
      }),
    );
  });

  test.each([
    ['an error', 'throw new TypeError("bad")', { name: 'TypeError', message: 'bad' }],
    ['a text', 'throw "text"', { message: 'text' }],
    ['null', 'throw null', { message: 'null' }],
    ['null, later', 'return Promise.reject(null)', { message: 'null' }],
    [
      'null, with much in hand',
      'const list = []; while (list.length < 3e4) list.push([list.length]); throw null',
      { message: 'null' },
    ],
    [
      'an error with the code of a status',
      'throw Object.assign(new Error("gone"), { code: "NOT_FOUND" })',
      { code: Code.NOT_FOUND, statusMessage: 'gone' },
    ],
    ['an error with another code', 'throw Object.assign(new Error("x"), { code: "E1" })', { message: 'x' }],
    ['what cannot be read', 'throw { get message() { throw 1; } }', { message: 'an error that cannot be shown' }],
    ['later', 'return Promise.reject(new Error("late"))', { message: 'late' }],
    ['a missing function', 'return nothing()', { name: 'ReferenceError', message: /nothing/ }],
  ])('rejects with what it throws, #79: %s', async (_what, body, error) => {
    const { message, ...rest } = error as { message?: string | RegExp };

    await expect(run(`export default () => { ${body}; }`)).rejects.toMatchObject({
      ...rest,
      ...(message !== undefined && { message: typeof message === 'string' ? message : expect.stringMatching(message) }),
    });
  });

  test.each([
    ['() => new Date()', /it is a Date, wanted null, boolean/],
    ['() => new Map()', /it is a Map/],
    ['() => () => 1', /it is a function/],
    ['() => Symbol()', /it is a symbol/],
    ['() => ({ a: [undefined] })', /"a\[0\]" is undefined/],
    ['() => { const a = {}; a.a = a; return a; }', /nested deeper than 100, or in itself/],
    ['() => new Promise(() => {})', /its promise never settles/],
    ['5', /its default export is number, wanted a function/],
    ['undefined', /its default export is missing, wanted a function/],
  ])('rejects with what is wrong with the result of %s', async (code, message) => {
    await expect(run(`export default ${code}`)).rejects.toThrow(message);
  });

  test('gives undefined as it is, and drops it in objects', async () => {
    expect(await run('export default () => {}')).toBe(undefined);
    expect(await run('export default () => ({ a: undefined, b: 1 })')).toEqual({ b: 1 });
  });

  test('keeps nothing from one run to the next, #79', async () => {
    const program = await compiled(`
      let calls = 0;
      export default () => {
        globalThis.seen = (globalThis.seen ?? 0) + 1;
        Array.prototype.added = 1;
        JSON.parse = null;
        Promise.prototype.then = null;
        return [++calls, globalThis.seen];
      };`);

    const again = (): unknown => program.run([null], runContext());

    // Without \`then\` nobody can wait for anything in that run, and only there.
    const first = await again();
    expect([first, await again(), await again()]).toEqual([first, first, first]);
    expect(first).toEqual([1, 1]);
    expect(await run('export default () => [typeof [].added, typeof JSON.parse, typeof globalThis.seen]')).toEqual([
      'undefined',
      'function',
      'undefined',
    ]);
  });

  test('has nothing of Node, S-12', async () => {
    const names = ['process', 'require', 'fetch', 'setTimeout', 'WebAssembly', 'Buffer', 'SharedArrayBuffer'];

    expect(await run(`export default () => ${JSON.stringify(names)}.map((name) => typeof globalThis[name])`)).toEqual(
      names.map((name) => (name === 'SharedArrayBuffer' ? expect.any(String) : 'undefined')),
    );
    expect(await run('export default () => Object.keys(globalThis)')).toEqual(['console', 'module', 'exports']);
    expect(await run('export default (x) => x.constructor.constructor("return typeof process")()', [{}])).toBe(
      'undefined',
    );
    await expect(run('export default () => import("fs")')).rejects.toThrow(
      /Cannot import "fs": scripts have no modules/,
    );
    await expect(run('import fs from "fs"; export default () => fs')).rejects.toThrow(/Cannot import "fs"/);
  });

  /** A mapping that denies its mark when it is asked for it the second time. */
  const forged = (kind: string, v: string): string => `export default () => {
    const target = { ['\\0']: '${kind}', v: ${v} };
    let asked = 0;
    return { a: new Proxy(target, {
      getOwnPropertyDescriptor: (o, k) => k === '\\0' && ++asked === 2 ? undefined : Reflect.getOwnPropertyDescriptor(o, k),
    }) };
  }`;

  test.each([
    ['bytes', '"__proto__"'],
    ['bytes', '"constructor"'],
    ['bytes', '99'],
    ['bigint', '"9".repeat(8e6)'],
    ['error', 'null'],
    ['object', '[["a"]]'],
    ['other', '1'],
  ])('cannot say that it is a value of the host: %s %s, S-12', async (kind, v) => {
    const done = await run(forged(kind, v), []).catch((error: unknown) => error);

    expect(done instanceof Error || typeof (done as { a: Record<string, unknown> }).a['\0'] === 'string').toBe(true);
    expect((done as { a?: unknown }).a).not.toBe(Array.prototype);
  });

  test('errors are shown as texts, whatever their class has been made', async () => {
    const pollute =
      'Object.prototype.toJSON = () => ({ message: { toString: 5 } }); Error.prototype.toJSON = Object.prototype.toJSON;';

    await expect(run(`${pollute} export default () => { throw new Error('mine'); }`)).rejects.toThrow('mine');
    expect(await run(`${pollute} export default () => ({ e: new Error('mine') })`)).toEqual({ e: new Error('mine') });
  });

  test('a bigint of more than 10,000 digits is refused', async () => {
    expect(await run('export default () => 10n ** 9999n')).toBe(10n ** 9999n);
    await expect(run('export default () => 10n ** 10000n')).rejects.toThrow(/more than 10000 digits/);
  });

  test('says 100 lines at most, whatever it makes of lists and texts, S-12', async () => {
    const said: string[] = [];
    const program = await compiled(
      `
      let got;
      Object.defineProperty(Array.prototype, '0', { configurable: true, set() { got = this; } });
      String.prototype.slice = function () { return 'x'.repeat(1e6); };
      console.log('x');
      delete Array.prototype[0];
      export default () => {
        for (let i = 0; i < 20000; i++) { if (got) got[i] = 'flood' + i; console.log('y'.repeat(3000)); }
        if (got) got.toJSON = () => 5;
        return 1;
      };`,
      javascript,
      30_000,
    );
    const log = {
      ...runContext().log,
      debug: (_text: string, { line }: { line?: string } = {}) => void said.push(line ?? ''),
    };

    expect(await program.run([], runContext({ log: log as never }))).toBe(1);
    expect(said).toHaveLength(100);
    expect(Math.max(...said.map(({ length }) => length))).toBe(2_000);
  });

  test('tells the log what it says to the console', async () => {
    const said: unknown[] = [];
    const log = { debug: (_message: string, fields?: object) => said.push(fields), info() {}, warn() {}, error() {} };
    const program = await compiled(
      'export default (x) => { console.log("got", x, [x]); console.error("!"); return x; }',
    );

    await program.run([7], runContext({ log }));

    expect(said).toEqual([{ line: 'got 7 [7]' }, { line: '!' }]);
  });

  test.each([
    ['export default () => {\n  return 1 +;\n}', 2, 13],
    ['let a = 1;\nlet a = 2;', 2, undefined],
    ['export default (x => {', 1, undefined],
    ['export const a = 1;\nexport const a = 2;', 2, undefined],
  ])('refuses %j without running it, with line and column', async (code, line, column) => {
    const refused = javascript.compile(code, {});

    await expect(refused).rejects.toBeInstanceOf(CompileError);
    await expect(refused).rejects.toMatchObject({ line, ...(column !== undefined && { column }) });
  });

  test('runs nothing of a script as it reads it', async () => {
    const program = await compiled('throw new Error("it ran"); export default () => 1');

    await expect(program.run([], runContext())).rejects.toThrow('it ran');
  });
});

describe('a script that does not end', () => {
  test.each([
    ['an endless loop', 'for (;;);'],
    ['an endless loop of promises', 'return (async () => { for (;;) await null; })()'],
    ['one that catches what stops it', 'for (;;) { try { for (;;); } catch {} }'],
    [
      'one that starts again when it is stopped',
      'const again = async () => { try { await loop(); } catch { return again(); } }; const loop = async () => { for (;;); }; return again()',
    ],
    ['a pattern that takes forever', 'return /(a+)+$/.test("a".repeat(40) + "b")'],
    ['native work that cannot be interrupted', 'for (;;) new Array(1e6).fill(0)'],
  ])('is stopped by its timeout, and the next run is as if nothing had been, #80, S-12: %s', async (_what, body) => {
    await expect(run(`export default () => { ${body}; }`, [], 100)).rejects.toMatchObject({
      code: Code.DEADLINE_EXCEEDED,
      statusMessage: 'The script was stopped: it takes longer than 100 ms',
    });
    expect(await keeper.run(['fine'], runContext())).toBe('fine');
  });

  test('is stopped as it is loaded, too', async () => {
    await expect(run('for (;;); export default () => 1', [], 100)).rejects.toMatchObject({
      code: Code.DEADLINE_EXCEEDED,
    });
  });

  test('is stopped when its run is cancelled, #80', async () => {
    const program = await compiled('export default (x) => { if (x) return "fine"; for (;;); }', javascript, 30_000);
    const cancel = new AbortController();
    const running = program.run([0], runContext({ signal: cancel.signal }));
    const others = Promise.all([0, 1].map(() => keeper.run([1], runContext())));

    cancel.abort(new Error('enough'));

    await expect(running).rejects.toThrow('enough');
    // Both threads are free again, long before the timeout.
    await others;
    expect(await Promise.all([1, 2, 3, 4].map((x) => program.run([x], runContext())))).toEqual(Array(4).fill('fine'));
  });

  test('does not even begin when its run is over', async () => {
    await expect(keeper.run([1], runContext({ signal: AbortSignal.abort(new Error('over')) }))).rejects.toThrow('over');
  });

  test('is stopped at the deadline of the run, when that is nearer', async () => {
    const program = await compiled('export default () => { for (;;); }', javascript, 30_000);

    await expect(program.run([], runContext({ deadline: Date.now() + 50 }))).rejects.toMatchObject({
      code: Code.DEADLINE_EXCEEDED,
    });
  });
});

describe('a script that takes too much', () => {
  test.each([
    ['a long array', 'return Array(1e9).fill(0)'],
    ['a long text', 'return "x".repeat(1e9)'],
    ['a list that grows', 'const list = []; for (;;) list.push([list.length])'],
    ['a list that grows in a promise', 'return (async () => { const l = []; for (;;) { l.push([1]); await 0; } })()'],
    ['objects that are kept', 'globalThis.l = []; for (;;) l.push({})'],
    ['buffers', 'const list = []; for (;;) list.push(new Uint8Array(1e6))'],
    ['a large buffer', 'return new Uint8Array(1e9)'],
  ])('is stopped, and the process stays as large as it was, S-12: %s', async (_what, body) => {
    const program = await compiled(`export default (x) => { if (x) return "fine"; ${body}; }`, javascript, 10_000);
    const before = process.memoryUsage().rss;

    await expect(program.run([0], runContext())).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      statusMessage: 'The script was stopped: it takes more memory than it may',
    });

    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    expect(await program.run([1], runContext())).toBe('fine');
  });

  test.each([
    ['calls in calls', 'const f = () => f(); return f()'],
    ['a text that doubles', 'let s = "a"; for (;;) s += s'],
  ])('is stopped: %s', async (_what, body) => {
    await expect(run(`export default () => { ${body}; }`, [], 10_000)).rejects.toThrow(/nest too deep|string too long/);
    expect(await keeper.run([1], runContext())).toBe(1);
  });

  test.each(['('.repeat(5_000), '['.repeat(100_000), '!'.repeat(200_000), 'a=>'.repeat(50_000)])(
    'is refused as it is read when it nests too deep, S-12',
    async (code) => {
      await expect(javascript.compile(`export default ${code}`, {})).rejects.toBeInstanceOf(CompileError);
      expect(await keeper.run([1], runContext())).toBe(1);
    },
  );

  test('is refused when its text is longer than 1 MiB', async () => {
    await expect(javascript.compile(' '.repeat(1_048_577), {})).rejects.toThrow(/too long: wanted at most 1048576/);
  });
});

describe('typescript', () => {
  test('is JavaScript with types, #79', async () => {
    const program = await compiled(
      'interface User { name: string }\nexport default async (user: User): Promise<string> => "Hi " + (user.name as string);',
      typescript,
    );

    expect(await program.run([{ name: 'Ada' }], runContext())).toBe('Hi Ada');
  });

  test.each([
    ['export default (\n  x: ) => 1', 2, 6],
    ['enum A { b }\nexport default () => A.b', 1, 1],
    ['export default (x: number) => {\n  return x +;\n}', 2, 13],
  ])('refuses %j with line and column', async (code, line, column) => {
    await expect(typescript.compile(code, {})).rejects.toMatchObject({ name: 'CompileError', line, column });
  });
});
