import type { CallOptions } from '../client/call-options.ts';
import type { Channel } from '../client/connect.ts';
import { Code } from '../core/code.ts';
import type { ProtoFile, Service } from '../core/method.ts';
import { checkOptions } from '../core/options.ts';
import { StatusError } from '../core/status-error.ts';
import { didYouMean } from '../core/suggest.ts';
import { codecStyle } from '../wire/codec-options.ts';
import { type CodecOptions, descriptorIndex, protoText } from '../wire/index.ts';
import { serviceFrom } from '../wire/services-from-files.ts';
import { fetchFiles } from './fetch-files.ts';
import { Conversation, type ReflectionVersion, reflectionVersions } from './reflection-conversation.ts';

/** What a single question may say for itself. */
export type AskOptions = Pick<CallOptions, 'signal' | 'timeoutMs'>;

export interface ReflectionClientOptions extends CodecOptions {
  /** For each question with all that follows from it. Default 10 s. */
  timeoutMs?: number;
  /** The most files that one symbol may need. Default 1,000. */
  maxFiles?: number;
  /** The most bytes of descriptors that one symbol may need. Default 16 MiB. */
  maxBytes?: number;
  /** Sent with each question, such as another `authorization` than calls have. */
  metadata?: CallOptions['metadata'];
}

/**
 * Asks a server what it serves. Tries `grpc.reflection.v1`, then `v1alpha`. Rejects with NOT_FOUND for names the server does not
 * know, with UNIMPLEMENTED when it has no reflection, with RESOURCE_EXHAUSTED when it sends too much.
 */
export interface ReflectionClient extends AsyncDisposable {
  /** Full names of all services, sorted. */
  list(options?: AskOptions): Promise<string[]>;
  /** The file that declares a symbol, then everything it imports. Kept: the same array comes back for the same symbol. */
  files(symbol: string, options?: AskOptions): Promise<readonly ProtoFile[]>;
  /** A service to call, by full name; its codecs are made from what the server told. */
  service(name: string, options?: AskOptions): Promise<Service>;
  /** A service, method (`pkg.Service.Method` or `pkg.Service/Method`), message or enum as proto text. */
  describe(symbol: string, options?: AskOptions): Promise<string>;
  /** Forgets what was fetched: a live server may have changed it. */
  forget(): void;
  /** Ends questions under way with CANCELLED. The channel stays open: it is its owner's. */
  close(): Promise<void>;
}

/** Symbols kept at most; who walks more than that does not come back to the first. */
const maxKept = 1_000;

const names = ['timeoutMs', 'maxFiles', 'maxBytes', 'metadata', 'int64'];

/** A reflection client over a channel. Nothing is sent before the first question. */
export function reflectionClient(channel: Channel, options: ReflectionClientOptions = {}): ReflectionClient {
  checkOptions('reflectionClient', options, names);
  return new ChannelReflection(channel, options);
}

class ChannelReflection implements ReflectionClient {
  readonly #channel: Channel;
  readonly #options: Required<Omit<ReflectionClientOptions, 'metadata'>> & Pick<ReflectionClientOptions, 'metadata'>;
  readonly #files = new Map<string, readonly ProtoFile[]>();
  readonly #open = new Set<Conversation>();
  #versions: readonly ReflectionVersion[] = reflectionVersions;
  #closed = false;

  constructor(
    channel: Channel,
    { timeoutMs = 10_000, maxFiles = 1_000, maxBytes = 16 * 1024 * 1024, metadata, ...codec }: ReflectionClientOptions,
  ) {
    this.#channel = channel;
    this.#options = { timeoutMs, maxFiles, maxBytes, metadata, ...codecStyle(codec) };
  }

  async list(options: AskOptions = {}): Promise<string[]> {
    const { service } = await this.#converse(options, (conversation) =>
      conversation.ask({ case: 'listServices', value: '*' }, 'listServicesResponse'),
    );
    return [...new Set(service.map(({ name }) => name))].sort();
  }

  async files(symbol: string, options: AskOptions = {}): Promise<readonly ProtoFile[]> {
    const kept = this.#files.get(symbol);
    if (kept !== undefined) return kept;
    const files = await this.#converse(options, (conversation) => fetchFiles(conversation, symbol, this.#options));
    if (this.#files.size >= maxKept) this.#files.delete(this.#files.keys().next().value!);
    this.#files.set(symbol, files);
    return files;
  }

  async service(name: string, options: AskOptions = {}): Promise<Service> {
    const index = descriptorIndex(await this.#named(name, options));
    const schema = index.services.get(name);
    if (schema === undefined) throw this.#notFound(`"${name}" is not a service`);
    return serviceFrom(index, schema, codecStyle({ int64: this.#options.int64 }));
  }

  async describe(symbol: string, options: AskOptions = {}): Promise<string> {
    const name = symbol.replace('/', '.');
    const index = descriptorIndex(await this.#named(name, options));
    // A field is described by the message it stands in.
    const text = protoText(index, name) ?? protoText(index, name.slice(0, Math.max(0, name.lastIndexOf('.'))));
    if (text === undefined) throw this.#notFound(`"${symbol}" has no description of its own`);
    return text;
  }

  forget(): void {
    this.#files.clear();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const conversation of this.#open) conversation.cancel();
    this.forget();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Files of a name that a person may have mistyped. */
  async #named(name: string, options: AskOptions): Promise<readonly ProtoFile[]> {
    try {
      return await this.files(name, options);
    } catch (error) {
      if (!(error instanceof StatusError) || error.code !== Code.NOT_FOUND) throw error;
      const known = await this.list(options);
      // It has come between the two questions.
      if (known.includes(name)) return await this.files(name, options);
      throw this.#notFound(`it does not know "${name}"${didYouMean(name, known)}`, error);
    }
  }

  #notFound(reason: string, cause?: unknown): StatusError {
    return new StatusError(Code.NOT_FOUND, `Cannot read from "${this.#channel.target}": ${reason}`, { cause });
  }

  async #converse<T>(asked: AskOptions, run: (conversation: Conversation) => Promise<T>): Promise<T> {
    checkOptions('a reflection question', asked, ['signal', 'timeoutMs']);
    const { signal, timeoutMs = this.#options.timeoutMs } = asked;
    const deadline = Date.now() + timeoutMs;
    for (const version of this.#versions) {
      if (this.#closed) throw new TypeError('Cannot ask: the reflection client was closed');
      const { metadata } = this.#options;
      const conversation = new Conversation(this.#channel, version, { signal, deadline, metadata });
      this.#open.add(conversation);
      conversation.over.then(() => this.#open.delete(conversation));
      try {
        const result = await run(conversation);
        conversation.end();
        // Who has both versions is not asked twice; who loses one is still found.
        this.#versions = [version, ...reflectionVersions.filter((other) => other !== version)];
        return result;
      } catch (error) {
        conversation.cancel();
        const unknown = error instanceof StatusError && error.code === Code.UNIMPLEMENTED && !conversation.answered;
        if (!unknown) throw error;
      }
    }
    throw new StatusError(
      Code.UNIMPLEMENTED,
      `Cannot ask "${this.#channel.target}" what it serves: it has no reflection, switch it on there or give proto files`,
    );
  }
}
