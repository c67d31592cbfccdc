import { Code } from '../core/code.ts';
import type { ProtoFile } from '../core/method.ts';
import { StatusError } from '../core/status-error.ts';
import type { FileDescriptor, MessageDescriptor } from '../wire/descriptor.ts';
import { decodeFile } from '../wire/descriptor-file.ts';
import { type DescriptorIndex, descriptorIndex, protoFile } from '../wire/index.ts';
import type { ReflectionQuestion } from './reflection-answers.ts';
import type { Conversation } from './reflection-conversation.ts';
import { standardFiles } from './standard-files.ts';

/** What a server may make its client fetch for one symbol. */
export interface FetchLimits {
  /** Files, and questions about files that turned out to be missing. */
  readonly maxFiles: number;
  /** Of all descriptors together. */
  readonly maxBytes: number;
}

/**
 * The file that declares a symbol, then everything it imports. Imports that the server does not have are left out, as of
 * files that only declare options; standard ones are taken from this package.
 */
export async function fetchFiles(
  conversation: Conversation,
  symbol: string,
  limits: FetchLimits,
): Promise<readonly ProtoFile[]> {
  const fetched = new Fetched(symbol, limits);
  fetched.take(await askFiles(conversation, { case: 'fileContainingSymbol', value: symbol }));
  for (const name of fetched.wanted()) {
    try {
      fetched.take(await askFiles(conversation, { case: 'fileByFilename', value: name }));
    } catch (error) {
      if (!(error instanceof StatusError) || error.code !== Code.NOT_FOUND) throw error;
    }
    fetched.complete(name);
  }
  const index = fetched.link();
  const declaring = index.symbols.get(symbol);
  if (declaring === undefined) {
    throw new StatusError(Code.INTERNAL, `Cannot read "${symbol}": the server sent files that do not declare it`);
  }
  return index.closure(declaring);
}

async function askFiles(conversation: Conversation, question: ReflectionQuestion): Promise<readonly Uint8Array[]> {
  return (await conversation.ask(question, 'fileDescriptorResponse')).fileDescriptorProto;
}

/** What the descriptors of one symbol may declare: the smallest take two bytes, and make an object of each. */
const maxDeclarations = 200_000;

class Fetched {
  readonly #symbol: string;
  readonly #limits: FetchLimits;
  readonly #files = new Map<string, ProtoFile>();
  /** Imports in the order they were met, each asked for once. A Set, since it is iterated while it grows. */
  readonly #imports = new Set<string>();
  #count = 0;
  #bytes = 0;
  #declarations = 0;

  constructor(symbol: string, limits: FetchLimits) {
    this.#symbol = symbol;
    this.#limits = limits;
  }

  take(descriptors: readonly Uint8Array[]): void {
    this.#spend('maxFiles', (this.#count += descriptors.length));
    this.#spend('maxBytes', (this.#bytes += descriptors.reduce((sum, { byteLength }) => sum + byteLength, 0)));
    for (const bytes of descriptors) this.#add(protoFile(bytes));
  }

  *wanted(): Iterable<string> {
    for (const name of this.#imports) {
      if (this.#files.has(name)) continue;
      this.#spend('maxFiles', (this.#count += 1));
      yield name;
    }
  }

  /** Falls back on the standard file of a name that the server did not send. */
  complete(name: string): void {
    const standard = this.#files.has(name) ? undefined : standardFiles.find((file) => file.name === name);
    if (standard !== undefined) this.#add(standard);
  }

  link(): DescriptorIndex {
    try {
      return descriptorIndex([...this.#files.values()]);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new StatusError(Code.INTERNAL, `Cannot read "${this.#symbol}": ${reason}`, { cause });
    }
  }

  #add(file: ProtoFile): void {
    if (this.#files.has(file.name)) return;
    this.#declarations += declarationsIn(decodeFile(file));
    if (this.#declarations > maxDeclarations) throw this.#tooMuch(`${maxDeclarations} declarations`);
    this.#files.set(file.name, file);
    for (const name of file.dependencies) this.#imports.add(name);
  }

  #spend(limit: keyof FetchLimits, used: number): void {
    if (used > this.#limits[limit]) throw this.#tooMuch(`${limit} ${this.#limits[limit]}`);
  }

  #tooMuch(what: string): StatusError {
    return new StatusError(
      Code.RESOURCE_EXHAUSTED,
      `Cannot read "${this.#symbol}": its descriptors need more than ${what}`,
    );
  }
}

function declarationsIn({ messageType, enumType, service, extension }: FileDescriptor): number {
  let count = extension.length + service.length;
  for (const { method } of service) count += method.length;
  for (const { value } of enumType) count += 1 + value.length;
  const open: MessageDescriptor[] = [...messageType];
  for (let message = open.pop(); message !== undefined; message = open.pop()) {
    count += 1 + message.field.length + message.oneofDecl.length + message.extension.length;
    for (const { value } of message.enumType) count += 1 + value.length;
    for (const nested of message.nestedType) open.push(nested);
  }
  return count;
}
