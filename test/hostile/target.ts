import type { Handlers } from 'flowrpc';
import {
  type Channel,
  connect,
  createServer,
  type HandlerContext,
  type Server,
  type ServerOptions,
  silentLogger,
} from 'flowrpc';
import { echo, type ProbeMethods, ProbeService } from '../suites/probe-service.ts';

export const unaryPath = '/suite.Probe/Unary';
export const clientStreamPath = '/suite.Probe/ClientStream';
export const serverStreamPath = '/suite.Probe/ServerStream';

/** A server under attack, what its handlers saw, and a well-behaved neighbour on a connection of its own. */
export interface Target extends AsyncDisposable {
  readonly port: number;
  readonly server: Server;
  readonly neighbour: Channel;
  /** Names of the handlers that were started. */
  readonly started: string[];
  /** A hundred calls of the neighbour, all of which must come back. */
  survives(): Promise<boolean>;
}

export async function openTarget(handlers: Handlers<ProbeMethods> = {}, options: ServerOptions = {}): Promise<Target> {
  const started: string[] = [];
  const all: Record<string, (input: never, context: HandlerContext) => unknown> = { ...echo, ...handlers } as never;
  const noted = Object.fromEntries(
    Object.entries(all).map(([name, handler]) => [
      name,
      (input: never, context: HandlerContext) => {
        started.push(name);
        return handler(input, context);
      },
    ]),
  ) as Handlers<ProbeMethods>;
  const server = createServer({ logger: silentLogger, ...options }).add(ProbeService, noted);
  const { port } = await server.listen('127.0.0.1:0');
  const neighbour = connect(`127.0.0.1:${port}`, { userAgent: 'neighbour' });
  const client = neighbour.client(ProbeService);
  return {
    port,
    server,
    neighbour,
    started,
    survives: async () => {
      const replies = await Promise.all(
        Array.from({ length: 100 }, (_, n) => client.unary({ text: 'neighbour', n: 1_000 + n })),
      );
      return replies.every(({ n }, index) => n === 1_000 + index);
    },
    [Symbol.asyncDispose]: async () => {
      await neighbour.close();
      await server.close({ graceMs: 0 });
    },
  };
}

/** A promise that a test opens. */
export function gate<T = void>(): { promise: Promise<T>; resolve(value: T): void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
