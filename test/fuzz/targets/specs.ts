import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { checkGraph, parseSpecs } from 'flowrpc/graph';
import { lines } from '../shapes/lines.ts';
import type { FuzzTarget } from '../target.ts';

const kinds = [
  'snippet',
  'if',
  'switch',
  'fork',
  'split',
  'merge',
  'block',
  'step',
  'rpc',
  'http',
  'router',
  'listener',
];

/** A spec file: bytes, YAML, nodes, and everything that is checked before a graph runs. */
export function specs(): FuzzTarget {
  return {
    shape: lines,
    words: [
      ...kinds.map((kind) => `kind: ${kind}`),
      ...['- ', ': ', '? ', '[', ']', '{', '}', '\n', '\n  ', '&a ', '*a', '!!map ', '|', '>', '"', '---\n', '<<: *a'],
      ...[
        'ports:',
        'out[0]',
        'in',
        'error',
        'name: a',
        'env:',
        '{{ .A }}',
        '{{',
        '__proto__',
        'constructor',
        'timeout:',
      ],
      ...['specs:', 'inbounds:', 'outbounds:', 'when: self.a > 1', 'matches:', 'language: cel', 'retry:', '\t', '\0'],
    ],
    async run(input) {
      const parsed = parseSpecs(input, { file: 'fuzz.yaml' });
      for (const { line, message } of parsed.problems) {
        assert(line === undefined || line >= 1, message);
        assert(message.length < 2_000, 'a problem says too much');
      }
      const problems = await checkGraph({ ...parsed, problems: [...parsed.problems], baseDir: tmpdir() });
      for (const { message } of problems) {
        assert.equal(typeof message, 'string');
        assert(!/is not a function|of undefined|of null|not iterable/.test(message), message);
      }
      assert.equal(Object.keys(Object.prototype).length, 0, 'all objects have a new property');
    },
  };
}
