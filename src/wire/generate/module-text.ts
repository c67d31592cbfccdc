import { Buffer } from 'node:buffer';
import type { CodecStyle } from '../codec-options.ts';
import type { EnumDescriptor, MessageDescriptor } from '../descriptor.ts';
import { decodeFile, readOptions } from '../descriptor-file.ts';
import type { DescriptorIndex } from '../descriptor-index.ts';
import { docText } from './doc-text.ts';
import { messageText } from './message-text.ts';
import { ModuleImports } from './module-imports.ts';
import { runtimePath } from './names.ts';

/** What the text of a generated module depends on, beside its file. */
export interface ModuleContext {
  readonly index: DescriptorIndex;
  readonly docs: ReadonlyMap<string, string>;
  readonly style: CodecStyle;
  readonly runtime: string;
  readonly importExtension: string;
}

/** The TypeScript module of one proto file: types first, then its descriptors, then codecs and services. */
export function moduleText(context: ModuleContext, fileName: string): string {
  const { index, docs, style, runtime, importExtension } = context;
  const file = index.files.get(fileName)!;
  const descriptor = decodeFile(file);
  const imports = new ModuleImports(descriptor, index, importExtension);
  const scope = descriptor.package ?? '';
  const types: string[] = [];
  const codecs: string[] = [];

  for (const declared of descriptor.enumType) addEnum(scope, declared);
  for (const message of descriptor.messageType) addMessage(scope, message);
  const services = descriptor.service.map(({ name }) => serviceText(join(scope, name)));

  const values = [
    'defineFile',
    ...(codecs.length > 0 ? ['messageOf'] : []),
    ...(services.length > 0 ? ['serviceOf'] : []),
  ];
  const typeNames = [
    ...(codecs.length > 0 ? ['type MessageType'] : []),
    ...(services.length > 0 ? ['type Method', 'type Service'] : []),
  ];
  const runtimeImport = `import { ${[...values, ...typeNames].join(', ')} } from '${runtimePath(fileName, runtime)}';\n`;
  const sections = [
    `// Made by "flowrpc generate" from ${fileName}. Do not edit.\n/* eslint-disable */\n`,
    runtimeImport + imports.text(),
    ...types,
    fileText(),
    codecs.join(''),
    ...services,
  ];
  return sections.filter((section) => section !== '').join('\n');

  function addMessage(outer: string, message: MessageDescriptor): void {
    const name = join(outer, message.name);
    if (readOptions('MessageOptions', message.options).mapEntry === true) return;
    const identifier = imports.type(name);
    types.push(messageText(index.messages.get(name)!, identifier, docs, style, imports));
    codecs.push(`export const ${identifier}: MessageType<${identifier}> = messageOf(file, '${name}');\n`);
    for (const nested of message.enumType) addEnum(name, nested);
    for (const nested of message.nestedType) addMessage(name, nested);
  }

  function addEnum(outer: string, declared: EnumDescriptor): void {
    const name = join(outer, declared.name);
    const identifier = imports.type(name);
    const values = declared.value.map(
      (value) => `${docText(docs.get(join(name, value.name)), '  ')}  ${value.name}: '${value.name}',\n`,
    );
    types.push(
      `${docText(docs.get(name))}export const ${identifier} = {\n${values.join('')}} as const;\n\n` +
        `/** A value of ${identifier}; a number that this file does not name stays a number. */\n` +
        `export type ${identifier} = keyof typeof ${identifier} | number;\n`,
    );
  }

  function serviceText(name: string): string {
    const service = index.services.get(name)!;
    const identifier = imports.type(name);
    const methods = service.methods.map((method) => {
      const kind = `Method<${imports.type(method.input.name)}, ${imports.type(method.output.name)}, '${method.kind}'>`;
      return `${docText(docs.get(join(name, method.name)), '  ')}  ${method.localName}: ${kind};\n`;
    });
    return `${docText(docs.get(name))}export const ${identifier}: Service<{\n${methods.join('')}}> = serviceOf(file, '${name}');\n`;
  }

  function fileText(): string {
    const base64 = Buffer.from(file.bytes).toString('base64');
    const lines = (base64.match(/.{1,108}/g) ?? ['']).map((line) => `  '${line}'`);
    const dependencies = descriptor.dependency.map((name) => imports.fileOf(name));
    const options = style.int64 === 'bigint' ? '' : `  { int64: '${style.int64}' },\n`;
    return (
      `/** The descriptors of ${fileName}. */\nexport const file = defineFile(\n` +
      `${lines.join(' +\n  ')},\n  [${dependencies.join(', ')}],\n${options});\n`
    );
  }
}

function join(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`;
}
