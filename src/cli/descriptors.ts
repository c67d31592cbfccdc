import type { Channel } from '../client/connect.ts';
import type { Service } from '../core/method.ts';
import { didYouMean } from '../core/suggest.ts';
import { descriptorIndex, loadFiles, protoText, servicesFromFiles } from '../wire/index.ts';

export interface DescriptorOptions {
  /** Proto files to use instead of the server's reflection. */
  proto?: readonly string[];
  /** Where their imports are looked for. */
  import?: readonly string[];
  timeout?: number;
  signal?: AbortSignal;
}

/** What a server's services and types look like. */
export interface Descriptors extends AsyncDisposable {
  /** Full names of all services. */
  list(): Promise<readonly string[]>;
  service(name: string): Promise<Service>;
  /** A symbol as proto text. */
  describe(symbol: string): Promise<string>;
}

/** Descriptors from proto files when some are given, else by reflection over the channel. */
export async function openDescriptors(channel: Channel, options: DescriptorOptions): Promise<Descriptors> {
  const { proto = [], import: includeDirs = [], signal, timeout } = options;
  if (proto.length > 0) return fromProto(proto, includeDirs);
  const { reflectionClient } = await import('../services/index.ts');
  const client = reflectionClient(channel);
  const ask = { signal, ...(timeout !== undefined && { timeoutMs: timeout }) };
  return {
    list: () => client.list(ask),
    service: (name) => client.service(name, ask),
    describe: (symbol) => client.describe(symbol, ask),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

async function fromProto(proto: readonly string[], includeDirs: readonly string[]): Promise<Descriptors> {
  const files = await loadFiles(proto, { includeDirs });
  const index = descriptorIndex(files);
  const services = new Map(Object.entries(servicesFromFiles(files)));
  const unknown = (symbol: string, known: Iterable<string>): Error => {
    const near = didYouMean(symbol, known);
    return new Error(`Cannot find "${symbol}": the proto files do not declare it${near}`);
  };
  return {
    list: async () => [...services.keys()].sort(),
    service: async (name) => {
      const service = services.get(name);
      if (service === undefined) throw unknown(name, services.keys());
      return service;
    },
    describe: async (symbol) => {
      const text = protoText(index, symbol);
      if (text === undefined) throw unknown(symbol, index.symbols.keys());
      return text;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
