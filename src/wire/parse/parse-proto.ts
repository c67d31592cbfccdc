import type { FileDescriptor } from '../descriptor.ts';
import { lookup } from '../lookup.ts';
import { Cursor } from './cursor.ts';
import type { MessageContext } from './message-context.ts';
import { optionStatement, type ParsedOption } from './option.ts';
import { enumBlock } from './parse-enum.ts';
import { extendBlock, messageBlock } from './parse-message.ts';
import { serviceBlock } from './parse-service.ts';
import type { Token } from './token.ts';

/** A proto file as it is written: type names are not resolved and options not interpreted yet. */
export interface ParsedProto {
  readonly descriptor: FileDescriptor;
  readonly imports: readonly { readonly name: string; readonly line: number }[];
  readonly options: readonly PendingOptions[];
  /** Where a declaration stands, by its descriptor. */
  readonly lines: ReadonlyMap<object, number>;
  /** Comments by the declaration's descriptor. */
  readonly docs: ReadonlyMap<object, string>;
}

/** Options of one declaration, to be interpreted when extensions are known. */
export interface PendingOptions {
  readonly target: { options?: Uint8Array };
  /** `MethodOptions` */
  readonly kind: string;
  readonly options: readonly ParsedOption[];
}

/** Reads the text of a proto file (proto2, proto3, edition 2023 or 2024). Throws a ProtoSyntaxError with the line. */
export function parseProto(source: string, file: string): ParsedProto {
  return new FileParser(source, file).parse();
}

class FileParser implements MessageContext {
  readonly cursor: Cursor;
  readonly lines = new Map<object, number>();
  readonly docs = new Map<object, string>();
  readonly #options: PendingOptions[] = [];
  readonly #imports: { name: string; line: number }[] = [];
  readonly #descriptor: FileDescriptor;

  constructor(source: string, file: string) {
    this.cursor = new Cursor(source, file);
    this.#descriptor = {
      name: file,
      dependency: [],
      publicDependency: [],
      weakDependency: [],
      messageType: [],
      enumType: [],
      service: [],
      extension: [],
    };
  }

  get proto3(): boolean {
    return this.#descriptor.syntax === 'proto3';
  }

  get proto2(): boolean {
    return this.#descriptor.syntax === undefined;
  }

  parse(): ParsedProto {
    const descriptor = this.#descriptor;
    const options: ParsedOption[] = [];
    while (this.cursor.next.kind !== 'end') this.#statement(options);
    this.pending(descriptor, 'FileOptions', options);
    return { descriptor, imports: this.#imports, options: this.#options, lines: this.lines, docs: this.docs };
  }

  /** Notes where a declaration stands and what its comment says, by its first token: the keyword just taken unless given. */
  mark(node: object, first: Token = this.cursor.last): void {
    const { line, doc } = first;
    this.lines.set(node, line);
    if (doc !== undefined) this.docs.set(node, doc);
  }

  /** A comment behind the end of a declaration, for one that has none above. */
  trail(node: object): void {
    const { trailing } = this.cursor.last;
    if (trailing !== undefined && !this.docs.has(node)) this.docs.set(node, trailing);
  }

  pending(target: { options?: Uint8Array }, kind: string, options: readonly ParsedOption[]): void {
    if (options.length > 0) this.#options.push({ target, kind, options });
  }

  #statement(options: ParsedOption[]): void {
    const { cursor } = this;
    const descriptor = this.#descriptor;
    if (cursor.skip(';')) return;
    const keyword = cursor.take();
    switch (keyword.text) {
      case 'syntax':
      case 'edition':
        return this.#syntax(keyword.text);
      case 'package':
        descriptor.package = cursor.path('the name of a package');
        cursor.expect(';', 'after the package');
        return;
      case 'import':
        return this.#import();
      case 'option':
        options.push(optionStatement(cursor));
        return;
      case 'message':
        descriptor.messageType.push(messageBlock(this));
        return;
      case 'enum':
        descriptor.enumType.push(enumBlock(this));
        return;
      case 'extend':
        extendBlock(this, descriptor.extension, descriptor.messageType);
        return;
      case 'service':
        descriptor.service.push(serviceBlock(this));
        return;
      default:
        cursor.fail(
          `wanted a message, enum, service, import or option, got ${JSON.stringify(keyword.text)}`,
          keyword.line,
        );
    }
  }

  #syntax(keyword: string): void {
    const { cursor } = this;
    cursor.expect('=', `after ${keyword}`);
    const { line } = cursor.next;
    const value = cursor.string(`the ${keyword}`);
    cursor.expect(';', `after the ${keyword}`);
    if (keyword === 'syntax') {
      if (value !== 'proto2' && value !== 'proto3')
        cursor.fail(`syntax is "${value}", wanted "proto3" or "proto2"`, line);
      // As protoc writes it: proto2 is the absence of a syntax.
      if (value === 'proto3') this.#descriptor.syntax = value;
      return;
    }
    const edition = lookup({ 2023: 1000, 2024: 1001 }, value);
    if (edition === undefined) cursor.fail(`edition is "${value}", wanted "2023" or "2024"`, line);
    this.#descriptor.syntax = 'editions';
    this.#descriptor.edition = edition;
  }

  #import(): void {
    const { cursor } = this;
    const { line } = cursor.next;
    const list = cursor.skip('public')
      ? this.#descriptor.publicDependency
      : cursor.skip('weak')
        ? this.#descriptor.weakDependency
        : undefined;
    const name = Buffer.from(cursor.string('the file to import'), 'latin1').toString('utf8');
    cursor.expect(';', 'after the import');
    if (this.#descriptor.dependency.includes(name)) cursor.fail(`"${name}" is imported twice`, line);
    list?.push(this.#descriptor.dependency.length);
    this.#descriptor.dependency.push(name);
    this.#imports.push({ name, line });
  }
}
