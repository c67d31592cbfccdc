import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, rm } from 'node:fs/promises';
import { request, type Server } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistry, metrics, metricsServer } from 'flowrpc/interceptors';
import { describe, expect, test } from 'vitest';
import { everyKind, kinds, run, shout } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';
import { parseExposition } from './metrics-exposition.ts';
import { watchProcess } from './watch-process.ts';

const tcp = transports[2] as TestTransport;
const address = '127.0.0.1:0';

/** What Prometheus 3 sends. */
const prometheusAccept = [
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6',
  'application/openmetrics-text;version=0.0.1;q=0.5',
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4',
  'text/plain;version=0.0.4;q=0.3',
  '*/*;q=0.2',
].join(',');

function filled() {
  const registry = createRegistry();
  registry.counter('x_total', { help: 'An x' }).labels().add(3);
  return registry;
}

describe('metricsServer()', () => {
  test('#138 a scrape over HTTP shows what really happened, while calls go on', async () => {
    const registry = createRegistry();
    await using server = await metricsServer({ registry, address });
    await using probe = await setup(tcp, { handlers: everyKind(shout), ...onSide('server', metrics({ registry })) });
    let done = false;
    const calls = (async () => {
      for (let round = 0; round < 10; round++) for (const kind of kinds) await run(probe.client, kind);
      done = true;
    })();

    const scrapes: number[] = [];
    while (!done) {
      const all = await Promise.all(
        Array.from({ length: 8 }, () => fetch(`http://${server.address}/metrics`).then((response) => response.text())),
      );
      for (const text of all) scrapes.push(parseExposition(text).sum('grpc_server_handled_total'));
    }
    await calls;

    const last = parseExposition(await (await fetch(`http://${server.address}/metrics`)).text());
    expect(last.sum('grpc_server_handled_total')).toBe(40);
    expect(last.sum('grpc_server_handling_seconds_count')).toBe(40);
    expect(Math.max(...scrapes)).toBeLessThanOrEqual(40);
    expect(scrapes.length).toBeGreaterThan(0);
  });

  test('outlives trouble while it listens, with one warning', async () => {
    const { warnings, stop } = watchProcess();
    await using server = await metricsServer({ registry: filled(), address });
    const url = `http://${server.address}/metrics`;
    let own: Server | undefined;
    const onRequest = (message: unknown): void => {
      own = (message as { server: Server }).server;
    };
    subscribe('http.server.request.start', onRequest);
    await (await fetch(url)).text();
    unsubscribe('http.server.request.start', onRequest);

    own!.emit('error', new Error('accept EMFILE'));
    own!.emit('error', new Error('accept EMFILE'));

    expect((await fetch(url)).status).toBe(200);
    stop();
    expect(warnings).toEqual([expect.stringMatching(/^The metrics server on .* has trouble: accept EMFILE$/)]);
  });

  test('GET and HEAD give the text format unless OpenMetrics is asked for', async () => {
    await using server = await metricsServer({ registry: filled(), address });
    const url = `http://${server.address}/metrics`;

    const plain = await fetch(url);
    const open = await fetch(url, { headers: { accept: prometheusAccept } });
    const head = await fetch(url, { method: 'HEAD' });

    const text = '# HELP x_total An x\n# TYPE x_total counter\nx_total 3\n';
    expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await plain.text()).toBe(text);
    expect(open.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(await open.text()).toBe('# HELP x An x\n# TYPE x counter\nx_total 3\n# EOF\n');
    expect(head.headers.get('content-length')).toBe(String(text.length));
    expect(await head.text()).toBe('');
  });

  test.each([
    ['text/plain', 'text/plain'],
    ['text/plain, application/openmetrics-text', 'application/openmetrics-text'],
    ['text/plain, application/openmetrics-text;q=0.9', 'text/plain'],
    ['application/openmetrics-text;q=0', 'text/plain'],
    ['application/openmetrics-text; version=2.0.0', 'text/plain'],
    ['APPLICATION/OPENMETRICS-TEXT; Version=1.0.0', 'application/openmetrics-text'],
    ['application/openmetrics-text;q=nonsense', 'text/plain'],
    [',;,;;q=', 'text/plain'],
    ['*/*', 'text/plain'],
  ])('accept "%s" gets %s', async (accept, wanted) => {
    await using server = await metricsServer({ registry: filled(), address });

    const response = await fetch(`http://${server.address}/metrics`, { headers: { accept } });

    expect(response.headers.get('content-type')?.split(';')[0]).toBe(wanted);
  });

  test('other paths are 404, other methods 405, and a body is not read', async () => {
    await using server = await metricsServer({ registry: filled(), address, path: '/-/metrics' });
    const status = async (path: string, method = 'GET', body?: string): Promise<number> =>
      (await fetch(`http://${server.address}${path}`, { method, body })).status;

    expect(await status('/-/metrics?name=x')).toBe(200);
    expect(await status('/metrics')).toBe(404);
    expect(await status('/')).toBe(404);
    expect(await status('/-/metrics/')).toBe(404);
    const posted = await fetch(`http://${server.address}/-/metrics`, { method: 'POST', body: 'x'.repeat(100_000) });
    expect(posted.status).toBe(405);
    expect(posted.headers.get('allow')).toBe('GET, HEAD');
    expect(await status('/-/metrics', 'DELETE')).toBe(405);
  });

  test('what cannot be collected is 500 without a reason, and the next scrape is tried again', async () => {
    const registry = filled();
    let broken = true;
    registry.beforeExport(() => {
      if (broken) throw new Error('secret');
    });
    await using server = await metricsServer({ registry, address });

    const failed = await fetch(`http://${server.address}/metrics`);
    expect([failed.status, await failed.text()]).toEqual([500, 'The metrics could not be collected\n']);
    broken = false;

    expect((await fetch(`http://${server.address}/metrics`)).status).toBe(200);
  });

  test('close() ends idle and half-open connections, and frees the port', async () => {
    const server = await metricsServer({ registry: filled(), address });
    const half = connectSocket(server.port, '127.0.0.1');
    half.on('error', () => {});
    half.write('GET /metrics HTTP/1.1\r\nhost: x\r\n');
    const gone = new Promise((resolve) => half.on('close', resolve));
    await fetch(`http://${server.address}/metrics`);

    await server.close();
    await server.close();

    await gone;
    await using again = await metricsServer({ registry: filled(), address: server.address });
    expect(again.port).toBe(server.port);
  });

  test('it does not keep the process running by itself', async () => {
    const listening = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
    const before = listening();

    await using server = await metricsServer({ registry: filled(), address });

    expect(server.port).toBeGreaterThan(0);
    expect(listening()).toBe(before);
  });

  test('it listens on a Unix socket too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flowrpc-'));
    const socketPath = join(folder, 's');
    await using server = await metricsServer({ registry: filled(), address: `unix:${socketPath}` });

    const status = await new Promise((resolve, reject) => {
      request({ socketPath, path: '/metrics', agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });

    expect(status).toBe(200);
    expect([server.address, server.port]).toEqual([`unix:${socketPath}`, 0]);
    await server.close();
    await rm(folder, { recursive: true });
  });

  test.each([
    ['Cannot serve metrics on "9464": wanted host:port or unix:path', { address: '9464' }],
    ['Cannot serve metrics on "localhost:99999"', { address: 'localhost:99999' }],
    ['Cannot serve metrics at "metrics": wanted a path such as "/metrics"', { path: 'metrics' }],
    ['Cannot serve metrics without a registry', { registry: undefined }],
    ['Cannot use option "adress" of metricsServer: it is unknown, did you mean "address"?', { adress: address }],
    ['Cannot serve metrics on 203.0.113.1:9464: ', { address: '203.0.113.1:9464' }],
  ])('%s', async (message, options) => {
    await expect(metricsServer({ registry: filled(), ...options } as never)).rejects.toThrow(message);
  });

  test('a port that is taken is an error that names it', async () => {
    await using server = await metricsServer({ registry: filled(), address });

    await expect(metricsServer({ registry: filled(), address: server.address })).rejects.toThrow(
      `Cannot serve metrics on ${server.address}: listen EADDRINUSE`,
    );
  });
});
