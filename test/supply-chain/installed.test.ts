import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { layOut, type Packed, pack } from './packed-package.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('installed-program.mjs', import.meta.url));

let packed: Packed;
beforeAll(async () => {
  packed = await pack();
}, 300_000);
afterAll(() => packed?.[Symbol.dispose]());

/** What is published, with one line for each folder of compiled modules. */
function listed(files: readonly string[]): string {
  const folders = new Map<string, Set<string>>();
  const single: string[] = [];
  for (const file of files) {
    const compiled = /^(dist\/.+)\/[^/]+?(\.d\.ts|\.js|\.js\.map)$/.exec(file);
    if (compiled === null) single.push(file);
    else folders.set(compiled[1]!, (folders.get(compiled[1]!) ?? new Set()).add(compiled[2]!));
  }
  const compiled = [...folders].map(([folder, endings]) => `${folder}/*{${[...endings].sort().join(',')}}`);
  return `${[...single, ...compiled].sort().join('\n')}\n`;
}

describe('the packed tarball', () => {
  test('N-04 holds what is listed in packed-files.txt, and nothing else', async () => {
    // Refreshed by: npx vitest run --config test/vitest.config.ts test/supply-chain -u
    await expect(listed(packed.files)).toMatchFileSnapshot('packed-files.txt');
  });

  test('N-04 has no tests, keys, sources or settings in it', () => {
    const odd = packed.files.filter((file) =>
      /\.test\.|(^|\/)(test|bench|examples|\.[^/]+)(\/|$)|\.(pem|key|crt|p12|env|tgz|log)$|(?<!\.d)\.ts$/.test(file),
    );

    expect(odd).toEqual([]);
  });

  test('N-03 runs in an empty folder with what npm lays beside it, no script run and no code made of text', async () => {
    const app = await layOut(packed);
    await expectToRun(app, ['--disallow-code-generation-from-strings']);
  }, 60_000);

  test.runIf(process.env.LONG_TESTS ?? process.env.CI)(
    'N-03 is installed by npm with scripts off, and runs',
    async () => {
      const app = join(packed.folder, 'installed');
      mkdirSync(app);
      writeFileSync(join(app, 'package.json'), '{ "private": true, "type": "module" }\n');
      const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
      await run('npm', ['install', ...quiet, packed.tarball], { cwd: app, maxBuffer: 1 << 24 });
      await expectToRun(app, []);
    },
    300_000,
  );
});

async function expectToRun(app: string, options: readonly string[]): Promise<void> {
  cpSync(program, join(app, 'program.mjs'));
  const { stdout } = await run(process.execPath, [...options, 'program.mjs'], { cwd: app, timeout: 50_000 });
  const said = JSON.parse(stdout.trim().split('\n').at(-1)!) as { entries: number; refused: string[] };
  const command = join(app, 'node_modules/flowrpc', 'dist/src/cli/main.js');
  const { stdout: version } = await run(process.execPath, [command, '--version'], { cwd: dirname(app) });

  expect(said).toMatchObject({ name: 'Hello, Ada', graphSaid: 'it runs' });
  expect(said.entries).toBeGreaterThan(30);
  // Packages that a user may leave out are asked for by name.
  expect(said.refused.filter((line) => !/Cannot find package '@bufbuild\/protovalidate|protobuf'/.test(line))).toEqual(
    [],
  );
  expect(version).toMatch(/\d+\.\d+\.\d+/);
}
