import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Channel, Code, connect, createServer, type Server, type ServerOptions, silentLogger } from 'flowrpc';
import { beforeAll, describe, expect, test } from 'vitest';
import { echo, ProbeService } from '../suites/probe-service.ts';
import { type Authority, authority, type Certificate } from '../transport/grpc/certificates.ts';

let ca: Authority;
let certificate: Certificate;
beforeAll(async () => {
  ca = await authority();
  certificate = await ca.issue({ name: 'localhost', alternatives: [{ type: 'ip', value: '127.0.0.1' }] });
});

interface Target extends AsyncDisposable {
  readonly server: Server;
  readonly port: number;
  readonly neighbour: Channel;
  /** Opens a TCP connection, and says nothing. */
  knock(): Promise<Socket>;
  /** A call of the neighbour, on the connection it has. */
  survives(): Promise<boolean>;
}

async function openTarget(connection: ServerOptions['connection'] = {}): Promise<Target> {
  const server = createServer({ logger: silentLogger, connection }).add(ProbeService, echo);
  const { port } = await server.listen('127.0.0.1:0', { tls: certificate });
  const neighbour = connect(`127.0.0.1:${port}`, { tls: { ca: ca.cert } });
  await neighbour.ready();
  const sockets: Socket[] = [];
  return {
    server,
    port,
    neighbour,
    knock: async () => {
      const socket = connectSocket(port, '127.0.0.1');
      sockets.push(socket);
      socket.on('error', () => {});
      // So that its end is noticed.
      socket.resume();
      await once(socket, 'connect');
      return socket;
    },
    survives: async () =>
      (await neighbour.client(ProbeService).unary({ text: '', n: 1 }, { timeoutMs: 10_000 }).status).code === Code.OK,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await neighbour.close();
      await server.close({ graceMs: 0 });
    },
  };
}

const count = (server: Server): number => Math.round(server.sessions.utilisation * 50);

describe('a TLS port', () => {
  test('handshakes that never come count as connections, and are given up', async () => {
    await using target = await openTarget({ maxConnections: 50, handshakeTimeoutMs: 400 });

    const sockets = await Promise.all(Array.from({ length: 100 }, () => target.knock()));

    await expect.poll(() => target.server.sessions.rejected).toBeGreaterThanOrEqual(51);
    expect(target.server.sessions).toMatchObject({ active: 1, accepted: 1 });
    expect(await target.survives()).toBe(true);
    await expect.poll(() => sockets.every(({ destroyed }) => destroyed), { timeout: 10_000 }).toBe(true);
    await expect.poll(() => count(target.server), { timeout: 10_000 }).toBe(1);
  });

  test.each([
    ['nothing of TLS', Buffer.from('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')],
    ['a plaintext preface', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    ['half a hello', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])],
    [
      'a hello of the largest length, empty',
      Buffer.concat([Buffer.from([0x16, 0x03, 0x01, 0x40, 0x00]), Buffer.alloc(0x4000)]),
    ],
    ['nothing but an alert', Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x28])],
    ['zeroes', Buffer.alloc(64 * 1024)],
  ])('that gets %s ends that connection, and no other', async (_, bytes) => {
    await using target = await openTarget({ maxConnections: 50, handshakeTimeoutMs: 400 });
    for (let n = 0; n < 5; n += 1) {
      const socket = await target.knock();
      socket.write(bytes);
      if (n % 2 === 1) socket.resetAndDestroy();
    }

    await expect.poll(() => count(target.server), { timeout: 10_000 }).toBe(1);
    expect(await target.survives()).toBe(true);
    expect(target.server.sessions).toMatchObject({ active: 1, accepted: 1 });
  });

  test('that gets TLS and then silence, or TLS for another protocol, is not held', async () => {
    await using target = await openTarget({ maxConnections: 50, idleMs: 300 });
    const open = (protocols: string[]) =>
      connectTls({ port: target.port, host: '127.0.0.1', ca: ca.cert, ALPNProtocols: protocols });
    const silent = open(['h2']);
    const http1 = open(['http/1.1']);
    for (const socket of [silent, http1]) socket.on('error', () => {});
    silent.resume();
    http1.resume();

    await expect.poll(() => silent.destroyed, { timeout: 10_000 }).toBe(true);
    await expect.poll(() => http1.destroyed, { timeout: 15_000 }).toBe(true);
    expect(await target.survives()).toBe(true);
  }, 40_000);

  test('connections beyond the limit cost no handshake, and leave room when they go', async () => {
    await using target = await openTarget({ maxConnectionsPerClient: 3 });
    const held = [await target.knock(), await target.knock()];

    for (let n = 0; n < 200; n += 1) {
      const socket = await target.knock();
      if (!socket.destroyed) await once(socket, 'close');
    }

    expect(target.server.sessions).toMatchObject({ rejected: 200, failed: 0, accepted: 1 });
    for (const socket of held) socket.destroy();
    await using late = connect(`127.0.0.1:${target.port}`, { tls: { ca: ca.cert }, userAgent: 'late' });
    await late.ready({ timeoutMs: 10_000 });
    expect(target.server.sessions.active).toBe(2);
  });
});
