import type { FileDescriptor, MessageDescriptor } from '../descriptor.ts';

/** Identifiers that generated modules use themselves or that TypeScript keeps. */
const reserved = new Set([
  'file',
  'defineFile',
  'messageOf',
  'serviceOf',
  'MessageType',
  'Method',
  'Service',
  'Uint8Array',
  'Object',
  'Array',
  'Record',
  'any',
  'bigint',
  'boolean',
  'never',
  'number',
  'object',
  'string',
  'symbol',
  'undefined',
  'unknown',
  'void',
  'arguments',
  'as',
  'async',
  'await',
  'break',
  'case',
  'catch',
  'class',
  'const',
  'continue',
  'debugger',
  'default',
  'delete',
  'do',
  'else',
  'enum',
  'eval',
  'export',
  'extends',
  'false',
  'finally',
  'for',
  'function',
  'if',
  'implements',
  'import',
  'in',
  'instanceof',
  'interface',
  'let',
  'new',
  'null',
  'package',
  'private',
  'protected',
  'public',
  'return',
  'static',
  'super',
  'switch',
  'this',
  'throw',
  'true',
  'try',
  'type',
  'typeof',
  'var',
  'while',
  'with',
  'yield',
]);

/** The identifier of every message, enum and service of a file, by full name: `Outer.Inner` is `Outer_Inner`. */
export function identifiers(file: FileDescriptor): Map<string, string> {
  const names = new Map<string, string>();
  const taken = new Set(reserved);
  const scope = file.package === undefined || file.package === '' ? '' : `${file.package}.`;
  const claim = (path: string): void => {
    let identifier = path.replaceAll('.', '_');
    while (taken.has(identifier)) identifier += '$';
    taken.add(identifier);
    names.set(scope + path, identifier);
  };
  const message = (outer: string, { name, nestedType, enumType }: MessageDescriptor): void => {
    claim(outer + name);
    for (const nested of enumType) claim(`${outer}${name}.${nested.name}`);
    for (const nested of nestedType) message(`${outer}${name}.`, nested);
  };
  for (const { name } of file.enumType) claim(name);
  for (const declared of file.messageType) message('', declared);
  for (const { name } of file.service) claim(name);
  return names;
}

/** How one generated module imports another: `./google/protobuf/timestamp.js`. */
export function modulePath(from: string, to: string, extension: string): string {
  const here = from.split('/').slice(0, -1);
  const there = to.replace(/\.proto$/, '').split('/');
  let shared = 0;
  while (shared < here.length && shared < there.length - 1 && here[shared] === there[shared]) shared++;
  const up = here.length - shared;
  return `${up === 0 ? './' : '../'.repeat(up)}${there.slice(shared).join('/')}${extension}`;
}

/** The runtime's import path as a module of this file writes it. */
export function runtimePath(file: string, runtime: string): string {
  if (!runtime.startsWith('.')) return runtime;
  const up = '../'.repeat(file.split('/').length - 1);
  return up === '' ? runtime : up + runtime.replace(/^\.\//, '');
}
