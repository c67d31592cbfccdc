import { silentLogger } from 'flowrpc';
import { createGraph, type GraphOptions, parseSpecs } from 'flowrpc/graph';
import {
  CompileError,
  compileProgram,
  createKinds,
  createLanguages,
  defineKind,
  defineLanguage,
  type Language,
  oneToOne,
  type Program,
  type ProgramField,
  programField,
} from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { runGraph } from '../../graph/run-graph.ts';
import { runContext } from './evaluate.ts';

/** Says its code louder; a code with a digit is none. */
function loud(compiled: string[] = [], closed: string[] = []): Language {
  return defineLanguage({
    name: 'loud',
    compile(code): Program {
      const at = code.search(/\d/);
      if (at >= 0) throw new CompileError('digits cannot be loud', { line: 1, column: at + 1 });
      compiled.push(code);
      return { run: () => code.toUpperCase(), close: () => void closed.push(code) };
    },
  });
}

describe('createLanguages()', () => {
  test('has the built-in languages, of which cel is the default, #77', () => {
    const languages = createLanguages();

    expect([...languages.keys()]).toEqual(['text', 'json', 'yaml', 'cel', 'javascript', 'typescript']);
    expect(languages.get()).toBe(languages.get('cel'));
  });

  test('takes more languages and another default, #77', () => {
    const own = loud();
    const languages = createLanguages([own], { default: 'loud' });

    expect(languages.get()).toBe(own);
    expect(languages.get('cel')).toBeDefined();
  });

  test('lets a language take the place of a built-in one, and refuses two of one name', () => {
    const cel = defineLanguage({ name: 'cel', compile: () => ({ run: () => 1 }) });

    expect(createLanguages([cel]).get('cel')).toBe(cel);
    expect(() => createLanguages([loud(), loud()])).toThrow(/Cannot register language "loud": there is one already/);
  });

  test('refuses what could not work', () => {
    expect(() => createLanguages([], { default: 'ce' })).toThrow(/"ce" as default: did you mean "cel"\?/);
    expect(() => createLanguages([], { defualt: 'cel' } as object)).toThrow(/did you mean "default"/);
    expect(() => createLanguages().get('lua')).toThrow(
      'unknown language "lua", there are text, json, yaml, cel, javascript, typescript',
    );
    expect(() => defineLanguage({ name: '1', compile: () => ({ run: () => 1 }) })).toThrow(
      /Cannot define language "1"/,
    );
    expect(() => defineLanguage({ name: 'a' } as Language)).toThrow(/compile is missing/);
  });
});

describe('text, json, yaml', () => {
  test.each([
    ['text', 'hello {{ x }}', 'hello {{ x }}'],
    ['text', '', ''],
    ['json', '{"a": [{}, [], "", 1.5, null]}', { a: [{}, [], '', 1.5, null] }],
    ['json', '"text"', 'text'],
    ['yaml', 'a: [1, two]\nb: { c: true }', { a: [1, 'two'], b: { c: true } }],
    ['yaml', '9007199254740993', 9007199254740993n],
    ['yaml', '', null],
  ])('%s gives its constant and ignores what comes, #78: %j', async (language, code, value) => {
    const program = await createLanguages().get(language).compile(code, {});

    expect(program.run([{ any: 'thing' }], runContext())).toEqual(value);
    expect(program.run([], runContext())).toEqual(value);
  });

  test.each(['json', 'yaml'])('%s gives a copy each time', async (language) => {
    const program = await createLanguages().get(language).compile('{"a": [1]}', {});
    const first = program.run([], runContext()) as { a: number[] };

    first.a.push(2);

    expect(program.run([], runContext())).toEqual({ a: [1] });
  });

  test.each([
    ['json', '{', 1, 2, /it is not JSON/],
    ['json', '{\n  "a": x\n}', 2, 8, /it is not JSON/],
    ['yaml', 'a: 1\na: 2', 2, 1, /it is not YAML: key "a" appears twice/],
    ['yaml', '{'.repeat(5_000), 1, 67, /it is not YAML: it nests deeper than 64 levels/],
    ['yaml', 'a\n---\nb', 3, 1, /several documents/],
  ])('%s refuses %j with line and column', async (language, code, line, column, message) => {
    const refused = (async () => createLanguages().get(language).compile(code, {}))();

    await expect(refused).rejects.toBeInstanceOf(CompileError);
    await expect(refused).rejects.toMatchObject({ line, column, message: expect.stringMatching(message) });
  });
});

const say = defineKind<{ code: ProgramField }>({
  kind: 'say',
  spec: {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) => ({ value: { code: programField((value as { code: unknown }).code) } }),
    },
  },
  fields: ['code'],
  async setup({ code }, context) {
    const run = await compileProgram(code, context);
    if (code.code === 'fails') throw new Error('setup failed');
    return oneToOne((payload, context) => run([payload], context));
  },
});

describe('a graph', () => {
  const start = (text: string, options: Partial<GraphOptions>): ReturnType<typeof createGraph> => {
    const { specs, problems } = parseSpecs(text, { file: 'graph.yaml' });
    return createGraph({ specs, problems, kinds: createKinds(say), logger: silentLogger, ...options });
  };

  test('has the languages that it is given, #77', async () => {
    const languages = createLanguages([loud()], { default: 'loud' });
    const graph = await runGraph([{ kind: 'say', name: 'a', code: 'hey' }], [say], { languages });

    expect(await graph.call('a', null)).toBe('HEY');
  });

  test('closes the programs of a node with it, and those of a node whose setup failed', async () => {
    const closed: string[] = [];
    const languages = createLanguages([loud([], closed)], { default: 'loud' });
    const graph = await start('- { kind: say, name: a, code: hey }', { languages });
    const before = closed.length;

    await graph.close();
    await start('- { kind: say, name: a, code: fails }', { languages }).catch(() => {});

    expect(closed.slice(before).filter((code) => code === 'hey')).toHaveLength(1);
    // Once as it was checked, once as its node was not made.
    expect(closed.slice(before).filter((code) => code === 'fails')).toHaveLength(2);
  });

  test('looks at programs that have not changed once', async () => {
    const compiled: string[] = [];
    const languages = createLanguages([loud(compiled)], { default: 'loud' });
    const { specs } = parseSpecs('- { kind: say, name: a, code: hey }');
    const graph = await runGraph(specs, [say], { languages });
    const before = compiled.length;

    await graph.update({
      specs: [...specs, ...parseSpecs('- { kind: say, name: b, code: you }', { file: 'b.yaml' }).specs],
    });

    expect(compiled.slice(before)).toEqual(['you', 'you']);
  });
});
