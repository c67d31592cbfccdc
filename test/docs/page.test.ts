import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { alike, jsonOf } from './alike.ts';
import { expectGrpcurl } from './grpcurl.ts';
import { graphsOf } from './page.ts';
import { servePage } from './served-page.ts';
import { optionsOf, shellWords } from './shell-words.ts';

const page = `# Page

## \`greet\`

\`\`\`yaml
- { kind: snippet, name: greet, language: json, code: '{ "message": "Hello" }' }
\`\`\`

\`\`\`js
// parts/name.mjs
export default () => 1;
\`\`\`

\`\`\`console
$ grpcurl -plaintext localhost:50051 default.greet/In
{ "message": "Hello" }
$ grpcurl -plaintext localhost:50051 list
default.greet
\`\`\`

## other

\`\`\`yaml sketch
- { kind: nobody }
\`\`\`
`;

function pageFile(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'flowrpc-page-')), 'page.md');
  writeFileSync(path, page);
  return path;
}

test('graphsOf() gives the graphs of a page with their files and commands, and no sketches', () => {
  const [graph, ...others] = graphsOf(pageFile());

  expect(others).toEqual([]);
  expect(graph).toMatchObject({
    section: 'greet',
    line: 6,
    files: { 'parts/name.mjs': '// parts/name.mjs\nexport default () => 1;\n' },
    commands: [
      { line: 15, command: 'grpcurl -plaintext localhost:50051 default.greet/In', output: '{ "message": "Hello" }\n' },
      { line: 17, command: 'grpcurl -plaintext localhost:50051 list', output: 'default.greet\n' },
    ],
  });
});

test('what a page shows wrongly is noticed', async () => {
  const [graph] = graphsOf(pageFile());
  const replace = await servePage(graph!);
  const words = shellWords(replace(graph!.commands[0]!.command)).slice(1);

  await expectGrpcurl(words, '{ "message": "Hello" }');
  for (const wrong of [
    '{ "message": "Hullo" }',
    '{}',
    '',
    '{ "message": "Hello" } 1',
    'ERROR:\n  Code: NotFound\n  Message: x\n',
  ])
    await expect(expectGrpcurl(words, wrong)).rejects.toThrow();
});

test('shellWords() takes quotes and backslashes as a shell does', () => {
  expect(shellWords(String.raw`curl -d '{"a": "b c"}' "x \"y\" $z" a\ b '' pre'fix'ed`)).toEqual([
    'curl',
    '-d',
    '{"a": "b c"}',
    'x "y" $z',
    'a b',
    '',
    'prefixed',
  ]);
  expect(() => shellWords("curl 'open")).toThrow('Cannot read the command');
  expect(() => optionsOf(['--what'], ['-s'], ['-d'])).toThrow('Cannot run --what: pages may use -s, -d');
});

test('alike() takes … for anything, and jsonOf() documents in a row', () => {
  expect({ id: '0190-x', n: [1, 'a.b'] }).toEqual(alike({ id: '0190-…', n: [1, 'a.b'] }));
  expect({ id: '0190-x' }).not.toEqual(alike({ id: '0191-…' }));
  expect(jsonOf('{\n "a": 1\n}\n2\n"x"\n')).toEqual([{ a: 1 }, 2, 'x']);
  expect(jsonOf('no JSON')).toBeUndefined();
});
