import assert from 'node:assert/strict';
import { type Command, CommanderError } from 'commander';
import { UsageError } from '../../../src/cli/exit.ts';
import { readHeaders } from '../../../src/cli/headers.ts';
import { jsonDocuments } from '../../../src/cli/json-documents.ts';
import { parseMethodPath } from '../../../src/cli/method-path.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { lines } from '../shapes/lines.ts';
import type { FuzzTarget } from '../target.ts';

/** A command line, an argument a line, up to the point where a command would run; and what commands read of arguments. */
export function commandLine(): FuzzTarget {
  return {
    shape: lines,
    words: [
      ...[
        'serve',
        'check',
        'call',
        'list',
        'describe',
        'apply',
        'get',
        'delete',
        'debug',
        'test',
        'health',
        'generate',
      ],
      ...[
        '\n',
        '--',
        '-H',
        '-d',
        '-f',
        '-e',
        '--json',
        '--timeout',
        '--grace',
        '--host',
        '-o',
        '=',
        '-abc',
        '--__proto__',
      ],
      ...['1m30s', '127.0.0.1:50051', 'unix:/x', 'a.B/C', '{"a":1}', 'specs', 'values', '@', '--help', '--version'],
    ],
    async run(input) {
      const text = input.toString('utf8');
      const words = text.split('\n');
      const program = createProgram(() => async () => {});
      silence(program);
      try {
        await program.parseAsync(words, { from: 'user' });
      } catch (error) {
        assert(error instanceof CommanderError || error instanceof UsageError, error as Error);
        assert([0, 1, 2].includes((error as CommanderError).exitCode ?? 2));
      }
      for (const word of words.slice(0, 20)) await readWord(word);
      await refusedOrRead(async () => {
        for await (const _ of jsonDocuments([input], { source: 'fuzz' }));
      }, Error);
    },
  };
}

async function readWord(word: string): Promise<void> {
  await refusedOrRead(async () => parseMethodPath(word), UsageError);
  // With an @ it would read files, and a warning of secrets would be printed.
  if (!word.startsWith('@')) await refusedOrRead(() => readHeaders({ header: [`x-${word}`] }), UsageError);
}

async function refusedOrRead(read: () => Promise<unknown>, wanted: new (message: string) => Error): Promise<void> {
  try {
    await read();
  } catch (error) {
    assert(error instanceof wanted, error as Error);
    assert(!/is not a function|of undefined|of null|not iterable/.test(error.message), error);
  }
}

function silence(command: Command): void {
  command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
  for (const inner of command.commands) silence(inner as Command);
}
