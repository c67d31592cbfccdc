import { fileURLToPath } from 'node:url';
import {
  Code,
  createServer,
  errorInfo,
  type ListenOptions,
  loadServices,
  type Server,
  type ServiceModule,
  StatusError,
  silentLogger,
} from 'flowrpc';

export const libraryProto = fileURLToPath(new URL('library.proto', import.meta.url));

const { 'library.Library': Library } = await loadServices(libraryProto);

interface Asked {
  title: string;
  to: number;
}

interface Numbered {
  n: number;
}

/** Titles of the counts that their callers cancelled. */
export const cancelled = new Set<string>();

const handlers = {
  async get(
    { title }: Asked,
    ctx: {
      metadata: Iterable<readonly [string, string | Uint8Array]>;
      header: Map<string, string>;
      trailer: Map<string, string>;
      signal: AbortSignal;
    },
  ) {
    ctx.header.set('x-shelf', 'b7');
    ctx.trailer.set(
      'x-seen',
      [...ctx.metadata]
        .filter(([key]) => key.startsWith('x-'))
        .map(([key, value]) => `${key}=${value}`)
        .join(' '),
    );
    if (title === 'slow')
      await new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(new Error('stopped'))));
    if (title === 'lost') {
      throw new StatusError(Code.NOT_FOUND, 'no book is called "lost"\nnor \u001b[31mred', {
        details: [
          errorInfo({ reason: 'LOST', domain: 'library', metadata: { since: 'May' } }),
          { typeUrl: 'type.googleapis.com/library.Hint', value: new Uint8Array([10, 2, 98, 55]) },
          { typeUrl: 'type.googleapis.com/library.Unheard', value: new Uint8Array([1]) },
        ],
      });
    }
    return { title, pages: 9_007_199_254_740_993n, cover: new Uint8Array([1, 2, 3]) };
  },
  /** Counts for ever when `to` is not given. */
  async *count({ title, to }: Asked, { signal }: { signal: AbortSignal }) {
    try {
      for (let n = 1; n <= to || to === 0; n++) yield { n };
    } finally {
      if (signal.aborted) cancelled.add(title);
    }
  },
  async sum(numbers: AsyncIterable<Numbered>) {
    let n = 0;
    for await (const number of numbers) n += number.n;
    return { n };
  },
  async *double(numbers: AsyncIterable<Numbered>) {
    for await (const { n } of numbers) yield { n: n * 2 };
  },
};

/** A server of the Library service on a free port of this machine, and whatever else is given. */
export async function serveLibrary({
  modules = [],
  ...options
}: ListenOptions & { modules?: readonly ServiceModule[] } = {}): Promise<{ host: string; server: Server }> {
  const server = createServer({ logger: silentLogger })
    .add(Library!, handlers as never)
    .add(modules);
  const { address } = await server.listen('127.0.0.1:0', options);
  return { host: address, server };
}
