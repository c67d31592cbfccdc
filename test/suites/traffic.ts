import { Code, type Interceptor, type Traffic } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { everyKind, kinds, run, shout } from './kinds.ts';
import { setup, type TestTransport } from './transports.ts';

/** What a call says of its messages, its bytes and who is on the other end. */
export function traffic(transport: TestTransport): void {
  describe.each(kinds)('%s', (kind) => {
    test('both sides count the same messages and bytes', async () => {
      const seen: Record<string, Traffic> = {};
      const count: Interceptor = async function count(call, next) {
        const status = await next(call);
        seen[call.side] = { ...call.traffic };
        return status;
      };
      await using probe = await setup(transport, {
        handlers: everyKind(shout),
        server: { interceptors: [count] },
        client: { interceptors: [count] },
      });

      const { status, messages } = await run(probe.client, kind);

      expect(status.code).toBe(Code.OK);
      await expect.poll(() => seen.server?.sentMessages, { interval: 2 }).toBeDefined();
      const { server, client } = seen;
      expect(client!.receivedMessages).toBe(messages.length);
      expect(client!.sentMessages).toBe(server!.receivedMessages);
      expect(client!.sentMessages).toBeGreaterThan(0);
      expect(client!.sentBytes).toBe(server!.receivedBytes);
      expect(transport.bytes ? client!.sentBytes > 0 : client!.sentBytes === 0).toBe(true);
      expect(server!.sentMessages).toBe(client!.receivedMessages);
      expect(server!.sentBytes).toBe(client!.receivedBytes);
    });
  });

  test('both sides know that nothing leaves this machine', async () => {
    const seen: unknown[] = [];
    const look: Interceptor = async function look(call, next) {
      seen.push(call.peer.security);
      return next(call);
    };
    await using probe = await setup(transport, {
      handlers: everyKind(shout),
      server: { interceptors: [look] },
      client: { interceptors: [look] },
    });

    await run(probe.client, 'unary');

    expect(seen).toEqual(['local', 'local']);
  });
}
