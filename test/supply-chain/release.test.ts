import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly private?: boolean;
  readonly files: readonly string[];
  readonly bin: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly access?: string; readonly provenance?: boolean };
  readonly repository?: { readonly type?: string; readonly url?: string };
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
/** What npm runs by itself while a package is packed, published or installed. */
const ofItself = [
  ...['preinstall', 'install', 'postinstall', 'prepare', 'preprepare', 'postprepare', 'prepublish', 'prepublishOnly'],
  ...['prepack', 'postpack', 'publish', 'postpublish', 'dependencies'],
];

test('N-05 a publish is public and asks for provenance, so that one without it fails', () => {
  expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
  expect(manifest.private).toBeUndefined();
});

test('N-05 nothing runs by itself when the package is packed, published or installed', () => {
  expect(ofItself.filter((name) => name in manifest.scripts)).toEqual([]);
});

test('N-05 what is published is named: files, licence, version, and where it comes from once there is such a place', () => {
  expect(manifest.files.filter((name) => name !== 'dist' && !existsSync(name))).toEqual([]);
  expect(manifest.files).toContain('LICENSE');
  expect(manifest.license).toBe('Apache-2.0');
  expect(manifest.version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
  for (const program of Object.values(manifest.bin)) expect(program).toMatch(/^\.\/dist\//);
  // npm compares it with where the publishing job ran.
  expect(manifest.repository?.url ?? 'git+https://').toMatch(/^git\+https:\/\//);
});
