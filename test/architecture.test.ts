import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Folders by layer: a file imports from lower numbers or its own folder; boxes of one number do not meet. */
const layers: Readonly<Record<string, number>> = {
  core: 0,
  wire: 1,
  observability: 1,
  transport: 2,
  client: 3,
  server: 3,
  services: 4,
  stores: 4,
  nodes: 5,
  graph: 6,
  runtime: 7,
  testing: 7,
  cli: 8,
};

/** Packages, and the only places that may import them. */
const reserved: Readonly<Record<string, readonly string[]>> = {
  protobufjs: ['src/wire/'],
  '@grpc/proto-loader': ['src/wire/'],
  '@grpc/grpc-js': ['src/transport/grpc/'],
  commander: ['src/cli/'],
  yaml: ['src/wire/yaml/', 'src/stores/', 'src/cli/'],
  '@viz-js/viz': ['src/graph/drawing-svg.ts'],
  pg: ['src/nodes/sql/'],
  'node-sqlite3-wasm': ['src/nodes/sql/'],
  '@marcbachmann/cel-js': ['src/nodes/languages/cel/'],
  '@bufbuild/re2': ['src/nodes/languages/cel/'],
  'quickjs-emscripten-core': ['src/nodes/languages/sandbox/'],
  '@jitl/quickjs-wasmfile-release-sync': ['src/nodes/languages/sandbox/'],
  '@swc/wasm-typescript': ['src/nodes/languages/sandbox/'],
  undici: ['src/nodes/http/'],
  'find-my-way': ['src/nodes/http/', 'src/services/transcode/'],
  '@fastify/busboy': ['src/nodes/http/'],
  negotiator: ['src/nodes/http/', 'src/services/transcode/'],
  ws: ['src/nodes/websocket/', 'src/nodes/kinds/websocket.ts'],
  croner: ['src/nodes/timer/'],
  jose: ['interceptors/jwt.ts', 'interceptors/auth/jwt-'],
  '@bufbuild/protobuf': ['interceptors/protovalidate'],
  '@bufbuild/protovalidate': ['interceptors/protovalidate'],
};

interface Source {
  /** From the root of the project, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly { specifier: string; typeOnly: boolean }[];
}

const statement = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
const dynamic = /\bimport\(\s*'([^']+)'\s*\)/g;

function read(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const path = join(folder, name).replaceAll('\\', '/');
      const text = readFileSync(join(root, path), 'utf8');
      const imports = [...text.matchAll(statement)].map((match) => ({
        specifier: match[2]!,
        typeOnly: match[1] !== undefined,
      }));
      for (const match of text.matchAll(dynamic)) imports.push({ specifier: match[1]!, typeOnly: false });
      return { path, text, imports };
    });
}

const sources = read('src');
const interceptors = read('interceptors');
const generated = ({ path }: Source): boolean => path.includes('/gen/');
/** The folder under `src` that a file belongs to; empty for `src/index.ts`, which may import all that is public. */
const folderOf = (path: string): string => (path.split('/').length > 2 ? path.split('/')[1]! : '');
const targetOf = ({ path }: Source, specifier: string): string =>
  relative(root, resolve(root, dirname(path), specifier)).replaceAll('\\', '/');
const local = (specifier: string): boolean => specifier.startsWith('.');

describe('architecture', () => {
  test('every folder has a layer', () => {
    const unknown = sources.map(({ path }) => folderOf(path)).filter((folder) => folder !== '' && !(folder in layers));

    expect([...new Set(unknown)]).toEqual([]);
  });

  test('a file imports from lower layers or its own folder', () => {
    const wrong: string[] = [];
    for (const source of sources) {
      const from = folderOf(source.path);
      if (from === '') continue;
      for (const { specifier } of source.imports.filter((each) => local(each.specifier))) {
        const target = targetOf(source, specifier);
        const to = folderOf(target);
        if (to !== from && !(layers[to]! < layers[from]!)) wrong.push(`${source.path} → ${target}`);
      }
    }

    expect(wrong).toEqual([]);
  });

  test('imports of files exist, with their extension', () => {
    const paths = new Set([...sources, ...interceptors].map(({ path }) => path));
    const wrong = [...sources, ...interceptors].flatMap((source) =>
      source.imports
        .filter(({ specifier }) => local(specifier) && !paths.has(targetOf(source, specifier)))
        .map(({ specifier }) => `${source.path} → ${specifier}`),
    );

    expect(wrong).toEqual([]);
  });

  test('no files import each other in a circle', () => {
    const graph = new Map(
      [...sources, ...interceptors].map((source) => [
        source.path,
        source.imports
          .filter(({ specifier, typeOnly }) => local(specifier) && !typeOnly)
          .map(({ specifier }) => targetOf(source, specifier)),
      ]),
    );

    expect(cycles(graph)).toEqual([]);
  });

  test.each(Object.entries(reserved))('%s is imported in its own place only', (name, places) => {
    const wrong = [...sources, ...interceptors].filter(
      ({ path, imports }) =>
        imports.some(({ specifier }) => specifier === name || specifier.startsWith(`${name}/`)) &&
        !places.some((place) => path.startsWith(place)),
    );

    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('core imports nothing but node:async_hooks, in current.ts', () => {
    const outside = sources
      .filter(({ path }) => folderOf(path) === 'core')
      .flatMap(({ path, imports }) =>
        imports.filter(({ specifier }) => !local(specifier)).map(({ specifier }) => `${path} → ${specifier}`),
      );

    expect(outside).toEqual(['src/core/current.ts → node:async_hooks']);
  });

  test('interceptors import the public entry, the OpenTelemetry API, and what a policy stands on, nothing else', () => {
    const allowed = /^(?:flowrpc|@opentelemetry\/api|node:.+|(?:jose|@bufbuild\/(?:protobuf|protovalidate))(?:\/.+)?)$/;
    const inside = (source: Source, specifier: string): boolean =>
      local(specifier) && targetOf(source, specifier).startsWith('interceptors/');
    const wrong = interceptors.flatMap((source) =>
      source.imports
        .filter(({ specifier }) => !allowed.test(specifier) && !inside(source, specifier))
        .map(({ specifier }) => `${source.path} → ${specifier}`),
    );

    expect(wrong).toEqual([]);
  });

  test('no file is named utils, helpers or common, all names are kebab-case', () => {
    const named = [...sources, ...interceptors].filter((source) => !generated(source)).map(({ path }) => path);

    expect(named.filter((path) => /^(utils?|helpers?|common|misc|types)\.ts$/.test(basename(path)))).toEqual([]);
    expect(named.filter((path) => !/^[a-z0-9]+(-[a-z0-9]+)*(?:\.d)?\.ts$/.test(basename(path)))).toEqual([]);
  });

  test('files are short: few over 220 lines, none over 300, generated ones aside', () => {
    const lengths = [...sources, ...interceptors]
      .filter((source) => !generated(source))
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .sort((a, b) => b.lines - a.lines);
    const long = lengths.filter(({ lines }) => lines > 220).map(({ path, lines }) => `${path}: ${lines}`);

    expect(lengths[0]!.lines, lengths[0]!.path).toBeLessThanOrEqual(300);
    expect(lengths[lengths.length >> 1]!.lines).toBeLessThanOrEqual(90);
    expect(long.length, long.join('\n')).toBeLessThanOrEqual(lengths.length / 20);
  });
});

/** One circle for each file that starts one, in order of the walk. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.push([...trail.slice(start), path].join(' → '));
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) walk(path, []);
  return found;
}
