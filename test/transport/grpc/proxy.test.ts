import { type AddressInfo, createServer as createTcpServer, connect as dial } from 'node:net';
import { Code, connect, createServer, type Interceptor, silentLogger, statusFrom } from 'flowrpc';
import { bearerToken } from 'flowrpc/interceptors';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { securityOf } from '../../../src/transport/grpc/target.ts';
import { echo, ProbeService } from '../../suites/probe-service.ts';

afterEach(() => vi.unstubAllEnvs());

/** A proxy that connects whoever asks to one port, and counts what it is asked for. */
async function proxyTo(port: number) {
  let asked = 0;
  const proxy = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      asked += 1;
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const onward = dial(port, '127.0.0.1');
      onward.on('error', () => {});
      socket.on('close', () => onward.destroy());
      socket.pipe(onward).pipe(socket);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    asked: () => asked,
    [Symbol.dispose]: () => void proxy.close(),
  };
}

describe('connect({ proxy: true })', () => {
  test('lets no credentials leave in plaintext, although the target is localhost', async () => {
    await using server = createServer({ logger: silentLogger }).add(ProbeService, echo);
    const { port } = await server.listen('127.0.0.1:0');
    using proxy = await proxyTo(port);
    vi.stubEnv('grpc_proxy', proxy.url);
    vi.stubEnv('no_proxy', '');
    vi.stubEnv('no_grpc_proxy', '');
    const options = { proxy: true };
    const message = { text: 'a', n: 1 };
    await using channel = connect('localhost:59999', options);
    await using withToken = connect('localhost:59999', { ...options, interceptors: [bearerToken('canary')] });
    await using allowed = connect('localhost:59999', { ...options, allowInsecureCredentials: true });
    const metadata = { authorization: 'Bearer canary' };

    const statuses = [
      await channel.client(ProbeService).unary(message, { metadata }).status,
      await withToken.client(ProbeService).unary(message).status,
    ];

    expect(statuses.map(({ code }) => code)).toEqual([Code.FAILED_PRECONDITION, Code.FAILED_PRECONDITION]);
    expect(proxy.asked()).toBe(0);
    expect((await channel.client(ProbeService).unary(message).status).code).toBe(Code.OK);
    expect((await allowed.client(ProbeService).unary(message, { metadata }).status).code).toBe(Code.OK);
    expect(proxy.asked()).toBeGreaterThan(0);
  });

  test('tells interceptors that calls are not protected', async () => {
    const seen: unknown[] = [];
    const interceptors: Interceptor[] = [
      async function witness({ peer }) {
        seen.push(peer.security);
        return statusFrom(Code.ABORTED, 'seen');
      },
    ];
    for (const proxy of [true, false]) {
      await using channel = connect('localhost:1', { proxy, interceptors });
      await channel.client(ProbeService).unary({ text: 'a', n: 1 }).status;
    }

    expect(seen).toEqual(['none', 'local']);
  });

  test.each([
    ['localhost:1', 'none'],
    ['127.0.0.1:1', 'none'],
    ['ipv6:[::1]:1', 'none'],
    ['unix:/run/a.sock', 'local'],
    ['UNIX:/run/a.sock', 'local'],
  ] as const)('makes %s %s', (target, security) => {
    expect(securityOf(target, undefined, true)).toBe(security);
    expect(securityOf(target, false, false)).toBe('local');
    expect(securityOf(target, true, true)).toBe('tls');
  });
});
