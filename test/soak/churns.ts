import { connect, createServer, silentLogger } from 'flowrpc';
import { createGraph, readSpecs } from 'flowrpc/graph';
import { health, reflection, reflectionClient } from 'flowrpc/services';
import { Health as HealthService } from '../../src/wire/gen/grpc/health/v1/health.ts';
import { echo, ProbeService } from '../suites/probe-service.ts';

/** Something that is opened and closed again and again. */
export interface Churn {
  readonly name: string;
  /** How often, in a run of 10,000,000 calls. */
  readonly times: number;
  /** What each may leave behind; `Infinity` where that is only measured. */
  readonly maxBytesEach: number;
  open(): Promise<{ once(n: number): Promise<void>; close(): Promise<unknown> }>;
}

async function served() {
  const state = health();
  const server = createServer({ logger: silentLogger }).add(ProbeService, echo).add(state).add(reflection());
  const { address } = await server.listen('127.0.0.1:0');
  return { address, state, close: () => server.close({ graceMs: 100 }) };
}

const maxBytesEach = 100;

export const churns: readonly Churn[] = [
  {
    name: 'channels',
    times: 10_000,
    maxBytesEach,
    async open() {
      const { address, close } = await served();
      return {
        close,
        async once(n) {
          // With the same options it would share the connection of the one before.
          await using channel = connect(address, { userAgent: `churn-${n}` });
          await channel.client(ProbeService).unary({ text: '', n });
        },
      };
    },
  },
  {
    name: 'servers',
    times: 1_000,
    maxBytesEach,
    async open() {
      return {
        close: async () => {},
        async once(n) {
          const { address, close } = await served();
          await using channel = connect(address);
          await channel.client(ProbeService).unary({ text: '', n });
          await channel.close();
          await close();
        },
      };
    },
  },
  {
    name: 'specs',
    times: 1_000,
    maxBytesEach,
    async open() {
      const specs = (n: number) =>
        readSpecs([
          { kind: 'snippet', name: `node${n}`, language: 'text', code: `${n}` },
          { kind: 'pipe', name: 'first', ports: { 'out[0]': [{ name: `node${n}`, port: 'in' }] } },
        ]);
      const graph = await createGraph({ ...specs(0), logger: silentLogger });
      return {
        close: () => graph.close({ graceMs: 100 }),
        async once(n) {
          await graph.update(specs(n + 1));
          await graph.call('first', n);
        },
      };
    },
  },
  {
    name: 'watches',
    times: 100_000,
    maxBytesEach,
    async open() {
      const { address, close } = await served();
      const channel = connect(address);
      return {
        close: async () => {
          await channel.close();
          await close();
        },
        async once(n) {
          const call = channel.client(HealthService).watch({ service: `random.${n}` });
          await call.next();
          call.cancel();
          await call.status;
        },
      };
    },
  },
  {
    name: 'reflection streams',
    times: 10_000,
    maxBytesEach,
    async open() {
      const { address, close } = await served();
      const channel = connect(address);
      return {
        close: async () => {
          await channel.close();
          await close();
        },
        async once() {
          await using client = reflectionClient(channel);
          await client.list();
          await client.describe('grpc.health.v1.Health');
        },
      };
    },
  },
];
