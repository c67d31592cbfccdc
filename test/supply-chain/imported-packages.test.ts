import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

interface Manifest {
  readonly bin: Record<string, string>;
  readonly scripts: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly peerDependenciesMeta: Record<string, { optional?: boolean }>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const statement =
  /^(?:import|export)(?! type)[^;'"]*? from '([^'.][^']*)'|^import '([^'.][^']*)'|\bimport\('([^'.][^']*)'\)/gm;

/** Packages that our modules load, by name, each with one module that does. */
function imported(): Map<string, string> {
  const found = new Map<string, string>();
  for (const root of ['src', 'interceptors']) {
    for (const file of readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.ts'),
    )) {
      const text = readFileSync(join(root, file), 'utf8');
      for (const [, from, bare, dynamic] of text.matchAll(statement)) {
        const specifier = from ?? bare ?? dynamic ?? '';
        if (/^(node:|flowrpc(\/|$))/.test(specifier)) continue;
        found.set(/^(@[^/]+\/)?[^/]+/.exec(specifier)![0], join(root, file));
      }
    }
  }
  return found;
}

test('N-03 every package that a module of ours loads comes with flowrpc, or is an optional peer', () => {
  const missing = [...imported()].filter(
    ([name]) =>
      manifest.dependencies[name] === undefined &&
      !(manifest.peerDependencies[name] !== undefined && manifest.peerDependenciesMeta[name]?.optional === true),
  );

  expect(missing.map(([name, file]) => `${name}, which ${file} loads`)).toEqual([]);
});

test('N-02 dependencies are ranges of the registry, none comes from git, an address or a file', () => {
  const ranges = { ...manifest.dependencies, ...manifest.peerDependencies };

  expect(Object.entries(ranges).filter(([, range]) => !/^[\^~]?\d+\.\d+\.\d+$/.test(range))).toEqual([]);
});

test('N-03 nothing of ours runs when it is installed, and flowrpc is its only command', () => {
  const atInstall = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish', 'preprepare', 'postprepare'];

  expect(Object.keys(manifest.scripts).filter((name) => atInstall.includes(name))).toEqual([]);
  expect(Object.keys(manifest.bin)).toEqual(['flowrpc']);
});
