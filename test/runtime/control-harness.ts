import { type Client, connect, createServer, type Interceptor, silentLogger } from 'flowrpc';
import {
  type ControlOptions,
  ControlService,
  control,
  createControlToken,
  createRuntime,
  type Runtime,
} from 'flowrpc/runtime';
import { onTestFinished } from 'vitest';
import { decodeValue, encodeValue } from '../../src/wire/value.ts';

export type ControlClient = Client<(typeof ControlService)['methods']>;

export interface Controlled {
  readonly runtime: Runtime;
  readonly address: string;
  readonly token: string;
  /** With the token. */
  readonly client: ControlClient;
  /** With this metadata instead. */
  clientWith(metadata: Readonly<Record<string, string | readonly string[]>>): ControlClient;
}

/** A runtime over stores in memory, followed, and its Control on a real socket, until the test ends. */
export async function controlled({
  allow,
  ...options
}: Parameters<typeof createRuntime>[0] & Pick<ControlOptions, 'allow'> = {}): Promise<Controlled> {
  const server = createServer({ logger: silentLogger });
  const runtime = await createRuntime({ namespace: '*', logger: silentLogger, ...options, server });
  const token = createControlToken();
  server.add(control({ runtime, token, allow }));
  await runtime.load();
  await runtime.watch();
  const { address } = await server.listen('127.0.0.1:0');
  onTestFinished(async () => {
    await server.close({ graceMs: 0 });
    await runtime.close({ graceMs: 0 });
  });
  const clientWith: Controlled['clientWith'] = (metadata) => {
    const add: Interceptor = (call, next) =>
      next(
        call.withMetadata((copy) => {
          for (const [key, value] of Object.entries(metadata)) for (const one of [value].flat()) copy.append(key, one);
        }),
      );
    const channel = connect(address, { interceptors: [add] });
    onTestFinished(() => channel.close());
    return channel.client(ControlService);
  };
  return { runtime, address, token, client: clientWith({ authorization: `Bearer ${token}` }), clientWith };
}

export const value = encodeValue;
export const plain = (bytes: Uint8Array | undefined): unknown => decodeValue(bytes ?? new Uint8Array());
