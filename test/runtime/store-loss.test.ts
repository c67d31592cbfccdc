import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from 'flowrpc';
import { fileStore } from 'flowrpc/stores';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../stores/temporary-folder.ts';
import { poll, runRuntime } from './run-runtime.ts';

test('calls go on by what the specs said while their directory is gone, empty, or another one; what comes back runs (ST-06)', async () => {
  const folder = join(await temporaryFolder(), 'specs');
  const write = async (text: string): Promise<void> => {
    await mkdir(folder, { recursive: true });
    for (const name of ['a', 'b'])
      await writeFile(join(folder, `${name}.yaml`), `kind: say\nname: ${name}\ntext: ${text}\n`);
  };
  await write('first');
  const open = () => fileStore(folder, { settleMs: 5, pollMs: 20 });
  const { runtime, logged, journal } = await runRuntime(undefined, { specs: await open() });
  await runtime.load();
  await runtime.watch();
  const answers = new Map<unknown, number>();
  let over = false;
  const calling = (async () => {
    while (!over) {
      const answer: unknown = await runtime.call('a', 1).catch((thrown: unknown) => thrown);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  const problems = (): string => runtime.problems.map(({ message }) => message).join();

  await rename(folder, `${folder}.away`);
  await expect.poll(problems, poll).toContain('ENOENT');
  await mkdir(folder);
  await expect.poll(problems, poll).toContain('bring them back');
  await expect.poll(() => JSON.stringify(logged), poll).toContain('bring them back');
  const meanwhile = [...journal];
  await write('second');
  await expect.poll(() => runtime.call('a', 1), poll).toBe('second');
  await rm(folder, { recursive: true });
  await rename(`${folder}.away`, folder);
  await expect.poll(() => runtime.call('a', 1), poll).toBe('first');
  over = true;
  await calling;

  expect(meanwhile).toEqual(['setup a', 'setup b']);
  expect(problems()).toBe('');
  expect([...answers.keys()].sort()).toEqual(['first', 'second']);
});

test('an older copy of a directory that is put in its place is taken over, and a line of the log names all that changed (ST-06)', async () => {
  const folder = join(await temporaryFolder(), 'specs');
  const write = async (to: string, texts: Readonly<Record<string, string>>): Promise<void> => {
    await mkdir(to, { recursive: true });
    for (const [name, text] of Object.entries(texts))
      await writeFile(join(to, `${name}.yaml`), `kind: say\nname: ${name}\ntext: ${text}\n`);
  };
  await write(`${folder}.old`, { a: 'first', gone: 'first', same: 'same' });
  await write(folder, { a: 'second', since: 'second', same: 'same' });
  const lines: [string, object | undefined][] = [];
  const logger = { ...silentLogger, info: (message: string, fields?: object) => void lines.push([message, fields]) };
  const specs = await fileStore(folder, { settleMs: 5, pollMs: 20 });
  const { runtime, journal } = await runRuntime(undefined, { specs, logger });
  await runtime.load();
  await runtime.watch();

  await rename(folder, `${folder}.away`);
  await rename(`${folder}.old`, folder);
  await expect.poll(() => runtime.call('a', 1), poll).toBe('first');

  await expect
    .poll(() => lines, poll)
    .toEqual([
      [
        'stores changed',
        {
          specs: ['default/since (deleted)', 'default/a', 'default/gone'],
          values: [],
          added: ['default.gone'],
          replaced: ['default.a'],
          removed: ['default.since'],
        },
      ],
    ]);
  expect(journal.filter((line) => line.endsWith('same'))).toEqual(['setup same']);
});

test('a line of the log names the first 20 of what changed at once, and how many more there were', async () => {
  const lines: [string, object | undefined][] = [];
  const logger = { ...silentLogger, info: (message: string, fields?: object) => void lines.push([message, fields]) };
  const { runtime, specs } = await runRuntime(undefined, { logger });
  await runtime.load();
  await runtime.watch();

  await Promise.all(Array.from({ length: 50 }, (_, n) => specs.put({ kind: 'say', name: `n${n}`, text: 'x' })));

  await expect.poll(() => lines.length, poll).toBe(1);
  const { specs: told, added } = lines[0]![1] as Record<string, readonly string[]>;
  expect([told?.length, told?.[0], told?.at(-1)]).toEqual([21, 'default/n0', '… 30 more']);
  expect([added?.length, added?.at(-1)]).toEqual([21, '… 30 more']);
});
