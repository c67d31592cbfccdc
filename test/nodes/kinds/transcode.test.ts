import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Code, createServer, type Interceptor, silentLogger, statusFrom } from 'flowrpc';
import { createGraph, type Graph, readSpecs } from 'flowrpc/graph';
import { none } from 'flowrpc/nodes';
import { reflection } from 'flowrpc/services';
import { describe, expect, onTestFinished, test } from 'vitest';
import { handWritten, mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';
import { greeterProto, greeterServer } from '../greeter.ts';

const run = promisify(execFile);

/** What curl prints, and the HTTP status. */
async function curl(...args: string[]): Promise<{ status: number; text: string }> {
  const { stdout } = await run('curl', ['-s', '-w', '\n%{http_code}', ...args]);
  const at = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(at + 1)), text: stdout.slice(0, at) };
}

function urlOf(graph: Graph, name = 'http'): string {
  const { instance } = graph.nodes.find((node) => node.name === name)!;
  return `http://${(instance as unknown as { address: string }).address}`;
}

const http = { kind: 'transcode', name: 'http', port: 0 };
const echo = mapping('echo', (payload) => payload);

describe.each(placements)('transcode: %s edges', (placement) => {
  test('every node is callable by curl, and gives what a packet gives (#55)', async () => {
    const { near, call } = await place(
      placement,
      [http, { kind: 'echo', name: 'first', ports: to({ out: 'double' }) }, { kind: 'double', name: 'double' }],
      { far: ['double'], kinds: [echo, mapping('double', (value: number) => value * 2)] },
    );

    const { status, text } = await curl('-d', '21', `${urlOf(near)}/default.first/In`);

    expect({ status, text }).toEqual({ status: 200, text: '42\n' });
    expect(await call('first', 21)).toBe(42);
  });

  test('an error reply has the HTTP status of its code; a cancel gets through', async () => {
    let cancelled = false;
    const wait = handWritten(
      'patient',
      (_packet, { signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => {
            cancelled = true;
          });
        }),
    );
    const { near } = await place(
      placement,
      [http, { kind: 'echo', name: 'first', ports: to({ out: 'slow' }) }, { kind: 'patient', name: 'slow' }],
      { far: ['slow'], kinds: [echo, wait] },
    );
    const url = `${urlOf(near)}/default.first/In`;

    expect((await curl('-d', '1', '-H', 'grpc-timeout: 200m', url)).status).toBe(504);
    await expect.poll(() => cancelled).toBe(true);
    cancelled = false;
    await curl('-d', '1', '--max-time', '0.3', url).catch(() => {});
    await expect.poll(() => cancelled).toBe(true);
  });
});

describe('transcode', () => {
  test('values of all kinds; no response is 204', async () => {
    const graph = await runGraph(
      [http, { kind: 'echo', name: 'echo' }, { kind: 'mute', name: 'mute' }, { kind: 'odd', name: 'odd' }],
      [
        echo,
        mapping('mute', () => none),
        mapping('odd', () => ({ big: 2n ** 60n, bytes: new Uint8Array([1, 2]), nan: Number.NaN, text: 'x' })),
      ],
    );
    const url = urlOf(graph);
    const value = { a: [1, null, true, { b: 'c' }] };

    expect(JSON.parse((await curl('-d', JSON.stringify(value), `${url}/default.echo/In`)).text)).toEqual(value);
    expect(await curl('-X', 'POST', `${url}/default.echo/In`)).toEqual({ status: 200, text: 'null\n' });
    expect(await curl('-d', '1', `${url}/default.mute/In`)).toEqual({ status: 204, text: '' });
    expect(JSON.parse((await curl('-d', '1', `${url}/default.odd/In`)).text)).toEqual({
      big: '1152921504606846976',
      bytes: 'AQI=',
      nan: 'NaN',
      text: 'x',
    });
  });

  test('a node with types takes and gives the JSON of its messages', async () => {
    const graph = await runGraph([
      http,
      {
        kind: 'snippet',
        name: 'greet',
        language: 'json',
        code: '{ "message": "hi", "big": "9007199254740993" }',
        types: { in: { request: 'helloworld.HelloRequest', response: 'helloworld.HelloReply' } },
        proto: greeterProto,
      },
    ]);
    const url = `${urlOf(graph)}/default.greet/In`;

    expect(JSON.parse((await curl('-d', '{"name":"Ada"}', url)).text)).toMatchObject({ message: 'hi' });
    expect((await curl('-d', '{"nam":"Ada"}', url)).status).toBe(400);
  });

  test('an rpc node in front of any service', async () => {
    const server = (await greeterServer()).add(reflection());
    onTestFinished(async () => void (await server.close({ graceMs: 0 })));
    const { address } = await server.listen('127.0.0.1:0');
    const graph = await runGraph([
      http,
      { kind: 'rpc', name: 'hello', target: address, service: 'helloworld.Greeter', method: 'SayHello' },
      { kind: 'rpc', name: 'fail', target: address, service: 'helloworld.Greeter', method: 'Fail' },
    ]);

    expect((await curl('-d', '{"name":"Ada"}', `${urlOf(graph)}/default.hello/In`)).text).toContain('"Hello, Ada"');
    expect((await curl('-d', '{"name":"Ada"}', `${urlOf(graph)}/default.fail/In`)).status).toBe(404);
  });

  test('a target: the services of another server', async () => {
    const server = (await greeterServer()).add(reflection());
    onTestFinished(async () => void (await server.close({ graceMs: 0 })));
    const { address } = await server.listen('127.0.0.1:0');
    const graph = await runGraph([{ ...http, target: address }]);

    expect((await curl('-d', '{"name":"Ada"}', `${urlOf(graph)}/helloworld.Greeter/SayHello`)).text).toContain(
      'Hello, Ada',
    );
    expect((await curl('-d', '{"to":2}', `${urlOf(graph)}/helloworld.Greeter/Count`)).text).toBe('{"n":1}\n{"n":2}\n');
  });

  test('packets in lines go through one process', async () => {
    const graph = await runGraph([http, { kind: 'echo', name: 'echo' }], [echo]);

    const { text } = await curl('--data-binary', '1\n{"a":2}\n', `${urlOf(graph)}/default.echo/InStream`);

    expect(text).toBe('1\n{"a":2}\n');
  });

  test("the interceptors of the graph's server are in the way, and its other services are not there", async () => {
    const auth: Interceptor = async (call, next) =>
      call.metadata.get('authorization') === 'Bearer good' ? next(call) : statusFrom(Code.UNAUTHENTICATED, 'No token');
    const server = createServer({ logger: silentLogger, interceptors: [auth] }).add(reflection());
    server.add((await import('flowrpc/services')).health());
    onTestFinished(async () => void (await server.close({ graceMs: 0 })));
    const graph = await runGraph([http, { kind: 'echo', name: 'echo' }], [echo], { server });
    const url = urlOf(graph);

    expect((await curl('-d', '1', `${url}/default.echo/In`)).status).toBe(401);
    expect((await curl('-d', '1', '-H', 'Authorization: Bearer good', `${url}/default.echo/In`)).text).toBe('1\n');
    expect((await curl('-d', '{}', `${url}/grpc.health.v1.Health/Check`)).status).toBe(404);
  });

  test('nodes of a live graph are there at once, and gone', async () => {
    const nodes = [http, { kind: 'snippet', name: 'late', language: 'json', code: '7' }];
    const { specs } = readSpecs(nodes.slice(0, 1));
    await using graph = await createGraph({ specs, logger: silentLogger });
    const url = urlOf(graph);
    expect((await curl('-d', '1', `${url}/default.late/In`)).status).toBe(404);

    await graph.update({ specs: readSpecs(nodes).specs });
    expect((await curl('-d', '1', `${url}/default.late/In`)).text).toBe('7\n');
    expect((await curl(`${url}/openapi.json`)).text).toContain('/default.late/In');

    await graph.update({ specs });
    expect((await curl('-d', '1', `${url}/default.late/In`)).status).toBe(404);
  });

  test('a node that takes its place keeps the address, and no request is refused (#62)', async () => {
    const { specs: first } = readSpecs([{ ...http }, { kind: 'snippet', name: 'one', language: 'json', code: '1' }]);
    await using graph = await createGraph({ specs: first, logger: silentLogger });
    const port = Number(new URL(urlOf(graph)).port);
    const fixed = (cors: string[]) =>
      readSpecs([
        { kind: 'transcode', name: 'fixed', port, cors },
        { kind: 'snippet', name: 'one', language: 'json', code: '1' },
      ]).specs;
    await graph.update({ specs: readSpecs([{ kind: 'snippet', name: 'one', language: 'json', code: '1' }]).specs });
    await graph.update({ specs: fixed([]) });
    const failures: unknown[] = [];
    let going = true;
    const load = (async () => {
      while (going) {
        const answer = await fetch(`http://127.0.0.1:${port}/default.one/In`, { method: 'POST', body: '1' }).catch(
          (error) => error as Error,
        );
        if (!(answer instanceof Response) || answer.status !== 200) failures.push(answer);
        else await answer.text();
      }
    })();

    for (let n = 0; n < 5; n++) await graph.update({ specs: fixed([`https://${n}.example.com`]) });
    going = false;
    await load;

    expect(failures).toEqual([]);
    const { headers } = await fetch(`http://127.0.0.1:${port}/default.one/In`, {
      method: 'POST',
      body: '1',
      headers: { origin: 'https://4.example.com' },
    });
    expect(headers.get('access-control-allow-origin')).toBe('https://4.example.com');
  });

  test('a port that is taken keeps the node from running, and says so', async () => {
    const taken = createServer({ logger: silentLogger });
    const { port } = await taken.listen('127.0.0.1:0');
    onTestFinished(async () => void (await taken.close({ graceMs: 0 })));

    await expect(runGraph([{ ...http, port }])).rejects.toThrow(`Cannot listen on 127.0.0.1:${port}`);
  });

  test('with TLS', async () => {
    const pem = (name: string): string => readFileSync(new URL(`../../cli/tls/${name}.pem`, import.meta.url), 'utf8');
    const tls = { cert: pem('library-cert'), key: Buffer.from(pem('library-key')).toString('base64') };
    const graph = await runGraph(
      [
        { ...http, tls },
        { kind: 'echo', name: 'echo' },
      ],
      [echo],
    );
    const { port } = new URL(urlOf(graph));
    const ca = fileURLToPath(new URL('../../cli/tls/library-cert.pem', import.meta.url));

    expect(
      (
        await curl(
          '--cacert',
          ca,
          '--resolve',
          `library.test:${port}:127.0.0.1`,
          '-d',
          '1',
          `https://library.test:${port}/default.echo/In`,
        )
      ).text,
    ).toBe('1\n');
  });

  test('a stream that is open does not hold up the end of the graph', async () => {
    const graph = await runGraph([http, { kind: 'echo', name: 'echo' }], [echo]);
    const sending = request(`${urlOf(graph)}/default.echo/InStream`, { method: 'POST' });
    const ended = new Promise<string>((resolve, reject) => {
      sending.on('response', async (response) => {
        let text = '';
        for await (const chunk of response) text += String(chunk);
        resolve(text);
      });
      sending.on('error', reject);
    });
    sending.write('1\n');
    await new Promise((resolve) => setTimeout(resolve, 200));

    await graph.close({ graceMs: 100 });

    expect(await ended).toMatch(/^1\n\{"error":\{"code":14/);
  });

  test('closing the graph closes the address', async () => {
    const graph = await runGraph([http]);
    const url = urlOf(graph);
    await graph.close({ graceMs: 0 });

    await expect(fetch(url)).rejects.toThrow();
  });

  test.each([
    [{ port: 'x' }, 'port'],
    [{ headers: ['grpc-status'] }, 'headers'],
    [{ tls: { cert: 'x' } }, 'tls'],
    [{ docs: 'yes' }, 'docs'],
  ])('a field that is wrong is a problem: %o', async (fields, name) => {
    await expect(runGraph([{ ...http, ...fields }])).rejects.toThrow(name);
  });
});
