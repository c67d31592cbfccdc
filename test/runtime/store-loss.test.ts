import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
