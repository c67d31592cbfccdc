import { Code, StatusError } from 'flowrpc';
import { retry } from 'flowrpc/interceptors';
import { expect, test } from 'vitest';
import { everyKind, run } from '../suites/kinds.ts';
import { setup, transports } from '../suites/transports.ts';

const kindsOfRequests = ['clientStream', 'bidi'] as const;
const cases = transports.flatMap((transport) =>
  kindsOfRequests.map((kind) => [transport.name, kind, transport] as const),
);

test.each(cases)(
  '%s: a %s whose requests fail as another call did, which nobody saw, is not taken for unseen, nor repeated',
  async (_name, kind, transport) => {
    let begun = 0;
    await using probe = await setup(transport, {
      handlers: everyKind(async function* read(requests) {
        begun += 1;
        for await (const request of requests) yield request;
      }),
      client: { interceptors: [retry({ baseDelayMs: 0 })] },
    });
    async function* failing(): AsyncGenerator<{ text: string; n: number }> {
      yield { text: 'a', n: 1 };
      await expect.poll(() => begun, { timeout: 10_000 }).toBe(1);
      throw new StatusError(Code.UNAVAILABLE, 'nobody there', {
        path: '/other.Service/Call',
        unseen: true,
        lost: true,
      });
    }

    const { status } = await run(probe.client, kind, {}, failing() as never);

    expect(status).toMatchObject({ code: Code.UNAVAILABLE, unseen: false, lost: false });
    expect(begun).toBe(1);
  },
);
