import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { atLeast, lockedPackages } from './lock-file.ts';

/*
 * `npm audit` cannot be counted on: registries that mirror others answer it with an error or with nothing. What is known of the
 * packages that read what peers send stands here: of each line of versions the first that has the fixes.
 */
const floors: Record<string, readonly string[]> = {
  // CVE-2024-37168; CVE-2026-48068, CVE-2026-48069 (crashes by messages); error texts sent out; streams leaked by retries.
  '@grpc/grpc-js': ['1.14.7'],
  '@grpc/proto-loader': ['0.8.1'],
  // CVE-2022-25878, CVE-2023-36665, CVE-2026-41242 (code execution), CVE-2026-44288 … 44294, 45740, 48712, 59877.
  protobufjs: ['7.6.6', '8.8.1'],
  // Deep texts abort the process in every version: wire/yaml-documents.test.ts shows that they do not get that far.
  yaml: ['2.9.1'],
};

/** Licences that ask for no more than their own text. */
const permissive =
  /^(MIT|MIT-0|Apache-2\.0|ISC|0BSD|BSD-[23]-Clause|BlueOak-1\.0\.0|CC0-1\.0|Unlicense|Zlib|Python-2\.0)$/;
/** Of tools that nobody gets with flowrpc, changes of the tool alone would be bound. */
const ofTools = /^(MPL-2\.0|CC-BY-[34]\.0)$/;

const packages = lockedPackages();

describe('package-lock.json', () => {
  test('N-01 has nothing below the versions in which known holes are mended', () => {
    const below = packages.filter(
      ({ name, version }) =>
        floors[name]?.every((floor) => floor.split('.')[0] !== version.split('.')[0] || !atLeast(version, floor)) ??
        false,
    );

    expect(below.map(({ path, version }) => `${path} ${version}`)).toEqual([]);
    for (const name of ['@grpc/grpc-js', 'protobufjs', 'yaml'])
      expect(packages.map((entry) => entry.name)).toContain(name);
  });

  test('N-01 asks for Node 20.19 or later, the oldest one that is tested', () => {
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };

    expect(engines.node).toBe('>=20.19');
  });

  test('N-02 has a hash for every package, all from one registry, none from git, files or links', () => {
    const odd = packages.filter(
      ({ integrity, resolved, link }) =>
        link ||
        !/^sha512-[\w+/]{86}==$/.test(integrity ?? '') ||
        // Without an address it comes from the registry that npm is set to.
        !/^https:\/\/registry\.npmjs\.org\//.test(resolved ?? 'https://registry.npmjs.org/'),
    );

    expect(odd.map(({ path, resolved }) => `${path} ${resolved}`)).toEqual([]);
  });

  test('N-02 has a permissive licence for every package that users get, and none that is unknown for tools', () => {
    const odd = packages.filter(
      ({ license, shipped }) =>
        !(license ?? 'none')
          .replace(/^\(|\)$/g, '')
          .split(/ (?:AND|OR) /)
          .every((one) => permissive.test(one) || (!shipped && ofTools.test(one))),
    );

    expect(odd.map(({ path, license }) => `${path} ${license}`)).toEqual([]);
  });

  test('N-03 has one package for users that would run a program when it is installed, which nothing waits for', () => {
    const scripts = packages.filter(({ script, shipped }) => script && shipped).map(({ name }) => name);

    // It only warns of the range in which it is asked for: installed.test.ts runs without.
    expect([...new Set(scripts)].filter((name) => name !== 'protobufjs')).toEqual([]);
  });
});

describe('atLeast()', () => {
  test.each([
    ['1.14.7', '1.14.7', true],
    ['1.14.10', '1.14.7', true],
    ['2.0.0', '1.14.7', true],
    ['1.13.99', '1.14.7', false],
    ['1.14.7-rc.1', '1.14.7', false],
  ])('of %s and %s is %s', (version, floor, expected) => {
    expect(atLeast(version, floor)).toBe(expected);
  });
});
