import * as grpc from '@grpc/grpc-js';
import { BareClient, bareServer } from '../regression/bare.ts';
import type { Churn } from './churns.ts';

/** The same with bare grpc-js, only measured: what is not ours to mend. */
export const bareChurns: readonly Churn[] = [
  {
    name: 'channels of bare grpc-js',
    times: 10_000,
    maxBytesEach: Number.POSITIVE_INFINITY,
    async open() {
      const server = await bareServer({});
      return {
        close: async () => await server[Symbol.asyncDispose](),
        async once(n) {
          await using client = new BareClient(server.port, { 'grpc.primary_user_agent': `churn-${n}` });
          ended(await client.call());
        },
      };
    },
  },
  {
    name: 'servers of bare grpc-js',
    times: 1_000,
    maxBytesEach: Number.POSITIVE_INFINITY,
    async open() {
      return {
        close: async () => {},
        async once() {
          await using server = await bareServer({});
          await using client = new BareClient(server.port);
          ended(await client.call());
        },
      };
    },
  },
];

function ended({ code, details }: { code: number; details: string }): void {
  if (code !== grpc.status.OK) throw new Error(`Code ${code}: ${details}`);
}
