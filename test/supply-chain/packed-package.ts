import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Packed extends Disposable {
  /** What npm would publish, with `/` between folders. */
  readonly files: readonly string[];
  /** An empty folder beside it. */
  readonly folder: string;
  readonly tarball: string;
}

/** Builds and packs what stands here, away from `dist`, which others may be reading. */
export async function pack(): Promise<Packed> {
  const folder = mkdtempSync(join(tmpdir(), 'flowrpc-pack-'));
  const project = join(folder, 'project');
  mkdirSync(project);
  const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] };
  for (const name of ['package.json', ...files.filter((one) => one !== 'dist')]) {
    cpSync(name, join(project, name), { recursive: true });
  }
  const compiler = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit', 'false'];
  await run(process.execPath, [...compiler, '--outDir', join(project, 'dist')], { maxBuffer: 1 << 24 });
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts'], { cwd: project, maxBuffer: 1 << 24 });
  const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  return {
    files: packed.files.map(({ path }) => path).sort(),
    folder,
    tarball: join(project, packed.filename),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** An empty folder with the tarball and what users get beside it, as npm lays it out, and no package more. */
export async function layOut({ folder, tarball }: Packed): Promise<string> {
  const app = join(folder, 'app');
  const ours = join(app, 'node_modules', 'flowrpc');
  mkdirSync(ours, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', ours, '--strip-components=1']);
  const seen = new Set<string>();
  const waiting = dependenciesOf(ours);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const from = join('node_modules', name);
    if (seen.has(name) || !existsSync(from)) continue;
    seen.add(name);
    cpSync(from, join(app, 'node_modules', name), { recursive: true });
    waiting.push(...dependenciesOf(from));
  }
  return app;
}

function dependenciesOf(folder: string): string[] {
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  return Object.keys(dependencies);
}
