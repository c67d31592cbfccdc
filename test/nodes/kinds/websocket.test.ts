import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Code, silentLogger } from 'flowrpc';
import { createGraph, type Graph, readSpecs } from 'flowrpc/graph';
import { createKinds, type NodeContext, type NodeInstance, nodeService } from 'flowrpc/nodes';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { upgraderKind } from '../../../src/nodes/kinds/upgrader.ts';
import { websocketKind } from '../../../src/nodes/kinds/websocket.ts';
import { deferred, handWritten, mapping, runGraph } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const at = (name: string, port = 'in'): object => ({ name, port });
const listener = { kind: 'listener', name: 'listener', port: 0, ports: { out: [at('up', 'io')] } };

function addressOf(graph: Graph, name = 'listener'): string {
  const instance = graph.nodes.find((node) => node.name === name)?.instance as NodeInstance & { address: string };
  return `ws://${instance.address}`;
}

/** A client of one test. */
async function client(
  url: string,
  options: object = {},
  protocols: string[] = [],
): Promise<WebSocket & { got: unknown[] }> {
  const socket = Object.assign(new WebSocket(url, protocols, options), { got: [] as unknown[] });
  onTestFinished(() => socket.terminate());
  socket.on('message', (data, binary) => socket.got.push(binary ? data : String(data)));
  await once(socket, 'open');
  return socket;
}

/** A websocket server of one test, without any of our code. */
async function peer(onConnection: (socket: WebSocket) => void): Promise<{ url: string; server: WebSocketServer }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', onConnection);
  await once(server, 'listening');
  onTestFinished(() => {
    for (const one of server.clients) one.terminate();
    server.close();
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** listener → upgrader → a function of the message, whose result is sent back. */
async function serve(
  fn: (message: never, context: NodeContext) => unknown,
  fields: object = {},
  more: object[] = [],
): Promise<Graph> {
  return await runGraph(
    [
      listener,
      { kind: 'upgrader', name: 'up', protocol: 'websocket', ...fields, ports: { out: [at('app')] } },
      { kind: 'app', name: 'app', ports: { out: [at('up')] } },
      ...more,
    ],
    [mapping('app', fn)],
  );
}

/** A client that has shaken hands, and writes bytes. */
async function rawClient(url: string): Promise<{ socket: Socket }> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.write(
    `GET / HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${btoa('0123456789abcdef')}\r\n\r\n`,
  );
  await once(socket, 'data');
  return { socket };
}

describe('upgrader', () => {
  test('#102 messages come as { type, data }, each in a child process that finds the connection', async () => {
    const processes = new Set<string>();
    const parents = new Set<string | undefined>();
    const graph = await serve((message: { type: number; data: unknown }, { process }) => {
      processes.add(process.id);
      parents.add(process.parent);
      return message;
    });
    const socket = await client(addressOf(graph));

    for (const text of ['a', 'b', 'c']) socket.send(text);
    socket.send(Buffer.from([1, 2]));

    await expect.poll(() => socket.got).toEqual(['a', 'b', 'c', Buffer.from([1, 2])]);
    expect(processes.size).toBe(4);
    expect(parents.size).toBe(1);
  });

  test('#102 any descendant of the connection process sends on it, and each on its own', async () => {
    const graph = await runGraph(
      [
        listener,
        { kind: 'gateway', name: 'up', protocol: 'websocket', ports: { out: [at('fork')] } },
        { kind: 'fork', name: 'fork', ports: { out: [at('deep')] } },
        { kind: 'fork', name: 'deep', ports: { out: [at('up')] } },
      ],
      [],
    );
    const one = await client(addressOf(graph));
    const two = await client(addressOf(graph));

    one.send('one');
    two.send('two');

    await expect.poll(() => [one.got, two.got]).toEqual([['one'], ['two']]);
  });

  test('text, bytes, JSON and { type, data } are sent; what cannot be is an error', async () => {
    const errors: unknown[] = [];
    const payloads = [
      'text',
      Uint8Array.of(1),
      { a: 1 },
      { type: 1, data: { b: 2 } },
      { type: 2, data: 'x' },
      { type: 1, data: 'plain' },
    ];
    const graph = await runGraph(
      [
        listener,
        { kind: 'upgrader', name: 'up', ports: { out: [at('app')], error: [at('seen')] } },
        { kind: 'app', name: 'app', ports: { out: [at('up')] } },
        { kind: 'seen', name: 'seen' },
      ],
      [
        mapping('app', ({ data }: { data: string }) => payloads[Number(data)] ?? { type: 8, data: { code: 5 } }),
        mapping('seen', (error: { code: number }) => errors.push(error.code)),
      ],
    );
    const socket = await client(addressOf(graph));

    for (let i = 0; i <= payloads.length; i++) socket.send(String(i));

    await expect
      .poll(() => socket.got)
      .toEqual(['text', Buffer.from([1]), '{"a":1}', '{"b":2}', Buffer.from('x'), 'plain']);
    await expect.poll(() => errors).toEqual([Code.INVALID_ARGUMENT]);
  });

  test('messages of one connection are handled one after the other; a fast sender waits', async () => {
    let running = 0;
    let most = 0;
    const gate = deferred();
    const graph = await serve(async (message: { data: unknown }) => {
      running += 1;
      most = Math.max(most, running);
      await gate.promise;
      running -= 1;
      return message;
    });
    const socket = await client(addressOf(graph));
    const total = 2_000;
    const text = 'x'.repeat(10_000);

    for (let i = 0; i < total; i++) socket.send(text);
    await expect.poll(() => running).toBe(1);
    // What the kernel does not take stays here.
    expect(socket.bufferedAmount).toBeGreaterThan(0);
    gate.resolve();

    await expect.poll(() => socket.got.length, { timeout: 20_000 }).toBe(total);
    expect(most).toBe(1);
  }, 30_000);

  test('each message may set as much in motion as a run may: a connection is never too old', async () => {
    const graph = await runGraph(
      [
        listener,
        { kind: 'upgrader', name: 'up', ports: { out: [at('app')] } },
        { kind: 'app', name: 'app', ports: { out: [at('up')] } },
      ],
      [mapping('app', (message) => message)],
      { limits: { packets: 10, bytes: 1_000 } },
    );
    const socket = await client(addressOf(graph));
    const texts = Array.from({ length: 200 }, (_, n) => String(n));

    for (const text of texts) socket.send(text);

    await expect.poll(() => socket.got).toEqual(texts);
  });

  test('a message that nothing can be set in motion for ends the connection with 1013, and is an error', async () => {
    const errors: number[] = [];
    const filled = deferred();
    const done = deferred();
    const graph = await runGraph(
      [
        listener,
        { kind: 'upgrader', name: 'up', ports: { out: [at('app')], error: [at('seen')] } },
        { kind: 'app', name: 'app' },
        { kind: 'seen', name: 'seen' },
      ],
      [
        mapping('app', async (_message, { process }) => {
          // With this one, as many as a graph may have.
          for (let i = 1; i < 10_000; i++) process.fork(() => done.promise);
          filled.resolve();
          await done.promise;
          return null;
        }),
        mapping('seen', (error: { code: number }) => void errors.push(error.code)),
      ],
    );
    const first = await client(addressOf(graph));
    const second = await client(addressOf(graph));
    const closed = once(second, 'close');
    first.send('fill');
    await filled.promise;

    second.send('one more');

    expect((await closed)[0]).toBe(1013);
    await expect.poll(() => errors).toEqual([Code.RESOURCE_EXHAUSTED]);
    expect(first.readyState).toBe(first.OPEN);
    done.resolve();
  });

  test('whoever sends many small messages at once does not keep others from their turns', async () => {
    let turn = 0;
    let over = false;
    const next = (): void => {
      turn += 1;
      if (!over) setImmediate(next);
    };
    onTestFinished(() => {
      over = true;
    });
    const turns = new Set<number>();
    let got = 0;
    const graph = await serve(() => {
      got += 1;
      turns.add(turn);
      return null;
    });
    const { socket } = await rawClient(addressOf(graph));
    next();

    // Masked, empty, of text.
    socket.write(Buffer.alloc(6 * 5_000, Buffer.from([0x81, 0x80, 0, 0, 0, 0])));

    await expect.poll(() => got, { timeout: 10_000 }).toBe(5_000);
    expect(turns.size).toBeGreaterThan(20);
  }, 15_000);

  test('what a peer says right before it closes is handled, too', async () => {
    const got: unknown[] = [];
    const graph = await serve(async ({ data }: { data: unknown }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      got.push(data);
      return null;
    });
    const socket = await client(addressOf(graph));

    for (const text of ['a', 'b', 'c', 'd']) socket.send(text);
    socket.close();

    await expect.poll(() => got).toEqual(['a', 'b', 'c', 'd']);
    await expect.poll(() => [...graph.processes.list()].length).toBe(0);
  });

  test('a node that is replaced lets its connections go, and the new one takes new ones', async () => {
    const nodes = (heartbeat: string) =>
      readSpecs([
        { ...listener, id: '01890000-0000-7000-8000-000000000001' },
        {
          kind: 'upgrader',
          name: 'up',
          id: '01890000-0000-7000-8000-000000000002',
          heartbeat,
          ports: { out: [at('app')] },
        },
        { kind: 'app', name: 'app', id: '01890000-0000-7000-8000-000000000003', ports: { out: [at('up')] } },
      ]);
    const app = mapping('app', (message: unknown) => message);
    const { specs } = nodes('30s');
    const graph = await createGraph({ specs, kinds: createKinds(app), logger: silentLogger });
    onTestFinished(() => graph.close({ graceMs: 100 }));
    const before = await client(addressOf(graph));
    const closed = once(before, 'close');

    await graph.update({ specs: nodes('31s').specs });
    const after = await client(addressOf(graph));
    after.send('x');

    expect((await closed)[0]).toBe(1001);
    await expect.poll(() => after.got).toEqual(['x']);
  });

  test("the request's process lives as long as the connection: session finds it, exit hooks run at the end, well", async () => {
    const exits: unknown[] = [];
    const hook = handWritten('hook', (_packet, { process }) => {
      process.onExit((error) => void exits.push(error));
    });
    const graph = await runGraph(
      [
        { ...listener, ports: { out: [at('hook'), at('session', 'io'), at('up', 'io')] } },
        { kind: 'hook', name: 'hook' },
        { kind: 'upgrader', name: 'up' },
        { kind: 'session', name: 'session', ports: { out: [at('pick')] } },
        { kind: 'pick', name: 'pick', ports: { out: [at('up')] } },
      ],
      [hook, mapping('pick', ([, input]: unknown[]) => input)],
    );
    const one = await client(addressOf(graph));
    const two = await client(addressOf(graph));
    await expect.poll(() => [...graph.processes.list()].length).toBe(2);

    await graph.call('session', 'to all');
    await expect.poll(() => [one.got, two.got]).toEqual([['to all'], ['to all']]);
    one.close(1000, 'bye');

    await expect.poll(() => exits).toEqual([undefined]);
  });

  test('{ type: 8 } closes with code and reason; sending later is UNAVAILABLE', async () => {
    const outcomes: unknown[] = [];
    const late = deferred();
    const graph = await runGraph(
      [
        listener,
        { kind: 'upgrader', name: 'up', ports: { out: [at('app')] } },
        { kind: 'app', name: 'app', ports: { out: [at('up')] } },
      ],
      [
        handWritten(
          'app',
          async (_packet, { send }) => {
            await send('out', { type: 8, data: { code: 4001, reason: 'enough' } });
            await late.promise;
            outcomes.push((await send('out', 'more')).reply);
          },
          { outputs: ['out'] },
        ),
      ],
    );
    const socket = await client(addressOf(graph));

    socket.send('x');
    const [code, reason] = await once(socket, 'close');
    late.resolve();

    expect([code, String(reason)]).toEqual([4001, 'enough']);
    await expect.poll(() => outcomes).toMatchObject([{ code: expect.any(Number) }]);
  });

  test('a dead peer is found by pings and its process ends with an error', async () => {
    const errors: unknown[] = [];
    const graph = await runGraph(
      [
        listener,
        { kind: 'upgrader', name: 'up', heartbeat: '50ms', ports: { error: [at('seen')] } },
        { kind: 'seen', name: 'seen' },
      ],
      [mapping('seen', (error: Error) => errors.push(error.message))],
    );
    const socket = await client(addressOf(graph), { autoPong: false });

    await once(socket, 'close');

    await expect.poll(() => errors).toEqual([expect.stringContaining('does not answer pings')]);
    await expect.poll(() => [...graph.processes.list()].length).toBe(0);
  });

  test('a live peer stays, whatever its messages take', async () => {
    const graph = await serve(
      async (message: unknown) => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        return message;
      },
      { heartbeat: '30ms' },
    );
    const socket = await client(addressOf(graph));

    for (let i = 0; i < 20; i++) socket.send('x'.repeat(10_000));

    await expect.poll(() => socket.got.length, { timeout: 10_000 }).toBe(20);
    expect(socket.readyState).toBe(WebSocket.OPEN);
  }, 20_000);

  test('a message above maxMessageBytes ends the connection with 1009', async () => {
    const graph = await serve((message: unknown) => message, { maxMessageBytes: 1_000 });
    const socket = await client(addressOf(graph));

    socket.send('x'.repeat(1_001));

    expect((await once(socket, 'close'))[0]).toBe(1009);
  });

  test('the graph closes its connections with 1001, at once', async () => {
    const graph = await serve((message: unknown) => message);
    const socket = await client(addressOf(graph));

    const closed = once(socket, 'close');
    const begun = performance.now();
    await graph.close({ graceMs: 20_000 });

    expect((await closed)[0]).toBe(1001);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  test('pages of other hosts are refused with 403 unless they are listed', async () => {
    const strict = await serve((message: unknown) => message);
    const open = await serve((message: unknown) => message, { origins: ['https://app.example'] });
    const refused = async (url: string, origin: string): Promise<number | undefined> => {
      const socket = new WebSocket(url, { origin });
      const outcome = await Promise.race([
        once(socket, 'unexpected-response').then(([, response]) => response.statusCode as number),
        once(socket, 'open').then(() => undefined),
      ]);
      socket.on('error', () => {});
      socket.terminate();
      return outcome;
    };
    const host = addressOf(strict).slice('ws://'.length);

    expect(await refused(addressOf(strict), 'https://evil.example')).toBe(403);
    expect(await refused(addressOf(strict), `http://${host}`)).toBeUndefined();
    expect(await refused(addressOf(open), 'https://app.example')).toBeUndefined();
    expect(await refused(addressOf(open), `http://${host}`)).toBe(403);
  });

  test('a plain request is answered 426, and a malformed handshake 400', async () => {
    const graph = await serve((message: unknown) => message);
    const address = addressOf(graph).slice('ws://'.length);

    const plain = await fetch(`http://${address}`);
    const raw = await rawly(
      address,
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n',
    );

    expect(plain.status).toBe(426);
    expect(plain.headers.get('upgrade')).toBe('websocket');
    expect(plain.headers.get('connection')).toBe('Upgrade');
    expect(raw).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('#100 #102 behind a router: echo, closed by either side, by the graph with 1001, 426 for what asks for no websocket', async () => {
    const graph = await runGraph(
      [
        { ...listener, ports: { out: [at('router')] } },
        {
          kind: 'router',
          name: 'router',
          routes: [
            { method: 'GET', path: '/chat/:room', port: 'out[0]' },
            { method: 'GET', path: '/hello', port: 'out[1]' },
          ],
          ports: { 'out[0]': [at('up', 'io')], 'out[1]': [at('hello')] },
        },
        { kind: 'upgrader', name: 'up', protocol: 'websocket', ports: { out: [at('app')] } },
        { kind: 'app', name: 'app', ports: { out: [at('up')] } },
        { kind: 'hello', name: 'hello' },
      ],
      [
        mapping('app', ({ type, data }: { type: number; data: unknown }) =>
          data === 'leave' ? { type: 8, data: { code: 4000, reason: 'left' } } : { type, data },
        ),
        mapping('hello', () => 'Hello'),
      ],
    );
    const [url, web] = [addressOf(graph), addressOf(graph).replace('ws:', 'http:')];
    const [here, there, last] = [
      await client(`${url}/chat/a`),
      await client(`${url}/chat/b`),
      await client(`${url}/chat/c`),
    ];

    for (const socket of [here, there, last]) socket.send('hi');
    await expect.poll(() => [here.got, there.got, last.got]).toEqual([['hi'], ['hi'], ['hi']]);
    const ends = [here, there, last].map((socket) => once(socket, 'close'));
    here.close(1000, 'bye');
    there.send('leave');
    expect([(await ends[0]!)[0], (await ends[1]!)[0]]).toEqual([1000, 4000]);
    await expect.poll(() => [...graph.processes.list()].length).toBe(1);
    const plain = await fetch(`${web}/chat/a`);
    expect([plain.status, plain.headers.get('upgrade')]).toEqual([426, 'websocket']);
    expect(await (await fetch(`${web}/hello`)).text()).toBe('Hello');
    expect((await fetch(`${web}/nowhere`)).status).toBe(404);
    await graph.close({ graceMs: 20_000 });

    expect((await ends[2]!)[0]).toBe(1001);
  });

  test('speaks the first subprotocol of its list that is asked for', async () => {
    const graph = await serve((message: unknown) => message, { subprotocols: ['v2', 'v1'] });

    expect((await client(addressOf(graph), {}, ['v1', 'v2'])).protocol).toBe('v2');
  });

  test('bytes of the first message that come with the request are not lost', async () => {
    const graph = await serve((message: unknown) => message);
    const address = addressOf(graph).slice('ws://'.length);
    const [host, port] = [
      address.slice(0, address.lastIndexOf(':')),
      Number(address.slice(address.lastIndexOf(':') + 1)),
    ];
    const socket = connect(port, host);
    onTestFinished(() => void socket.destroy());
    const head = `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`;
    const frame = Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x41]);
    let got = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => (got = Buffer.concat([got, chunk])));

    socket.write(Buffer.concat([Buffer.from(head), frame]));

    await expect.poll(() => got.subarray(-3).equals(Buffer.from([0x81, 1, 0x41]))).toBe(true);
  });

  test('without a listener before it: FAILED_PRECONDITION, as is sending without a connection', async () => {
    const graph = await runGraph([{ kind: 'upgrader', name: 'up' }]);
    const asked = { method: 'GET', header: { Upgrade: ['websocket'] } };

    await expect(graph.call('up', asked, { port: 'io' })).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });
    await expect(graph.call('up', 'x')).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });
  });

  test.each([
    [{ protocol: 'quic' }, 'protocol'],
    [{ heartbeat: 'never' }, 'heartbeat'],
    [{ subprotocols: ['a b'] }, 'subprotocols'],
    [{ buffer: 'large' }, 'buffer'],
    [{ maxBufferedBytes: 0 }, 'maxBufferedBytes'],
  ])('refuses the fields %j', async (fields, name) => {
    await expect(nodeService(upgraderKind, 'u', fields)).rejects.toThrow(`"${name}" wanted`);
  });
});

describe.each(placements)('websocket: %s edges', (placement) => {
  test('#102 io connects, in sends, what comes leaves at out in a child process', async () => {
    const { url } = await peer((socket) => socket.on('message', (data) => socket.send(`${data}!`)));
    const got: unknown[] = [];
    const seen = mapping('seen', (message: unknown) => got.push(message));
    const { call } = await place(
      placement,
      [
        { kind: 'pipe', name: 'entry', ports: { 'out[0]': [at('ws', 'io')], 'out[1]': [at('ws')] } },
        { kind: 'websocket', name: 'ws', url, ports: { out: [at('seen')] } },
        { kind: 'seen', name: 'seen' },
      ],
      { far: ['ws'], kinds: [seen] },
    );

    await call('entry', 'hello', { timeoutMs: 5_000 });

    await expect.poll(() => got.length).toBeGreaterThan(0);
    expect(got[0]).toMatchObject({ type: 1, data: expect.stringMatching(/!$/) });
  });

  test('nobody there is UNAVAILABLE, who does not answer DEADLINE_EXCEEDED, for io and for whoever waits at in', async () => {
    const silent: Server = createServer();
    const held: Socket[] = [];
    silent.on('upgrade', (_request, socket) => held.push(socket as Socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of held) socket.destroy();
      silent.close();
    });
    const { port } = silent.address() as AddressInfo;
    const specs = (url: string) => [
      { kind: 'websocket', name: 'ws', url, timeout: '100ms' },
      { kind: 'if', name: 'x', when: 'true', ports: { 'out[0]': [at('ws', 'io')] } },
    ];
    const ask = async (url: string): Promise<unknown> => {
      const { call } = await place(placement, specs(url), { far: ['ws'] });
      return await call('x', null).catch(({ code }) => code as number);
    };

    expect(await ask('ws://127.0.0.1:1')).toBe(Code.UNAVAILABLE);
    expect(await ask(`ws://127.0.0.1:${port}`)).toBe(Code.DEADLINE_EXCEEDED);
  });
});

describe('websocket', () => {
  test('the connection outlives the deadline of the run that opened it, and closes with the graph', async () => {
    let connection: WebSocket | undefined;
    const closed = deferred<number>();
    const { url } = await peer((socket) => {
      connection = socket;
      socket.on('close', closed.resolve);
    });
    const got: unknown[] = [];
    const graph = await runGraph(
      [
        { kind: 'websocket', name: 'ws', url, ports: { out: [at('seen')] } },
        { kind: 'seen', name: 'seen' },
      ],
      [mapping('seen', ({ data }: { data: unknown }) => got.push(data))],
    );

    await graph.call('ws', null, { port: 'io', timeoutMs: 300 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    connection!.send('later');
    await expect.poll(() => got).toEqual(['later']);
    await graph.close({ graceMs: 20_000 });

    expect(await closed.promise).toBe(1001);
  });

  test('a cancelled run leaves no attempt behind', async () => {
    const sockets: Socket[] = [];
    const silent: Server = createServer();
    silent.on('upgrade', (_request, socket) => sockets.push(socket as Socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const url = `ws://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const graph = await runGraph([{ kind: 'websocket', name: 'ws', url }]);
    const cancel = new AbortController();

    const call = graph.call('ws', null, { port: 'io', signal: cancel.signal }).catch(({ code }) => code as number);
    await expect.poll(() => sockets.length).toBe(1);
    cancel.abort();

    expect(await call).toBe(Code.CANCELLED);
    await expect.poll(() => sockets[0]!.destroyed || sockets[0]!.readableEnded).toBe(true);
  });

  test('a proxy of websockets: gateway and websocket hand each other what comes', async () => {
    const { url } = await peer((socket) => {
      socket.send('welcome');
      socket.on('message', (data) => socket.send(`${data}!`));
    });
    const graph = await runGraph([
      { kind: 'listener', name: 'listener', port: 0, ports: { out: [at('gateway', 'io'), at('ws', 'io')] } },
      { kind: 'gateway', name: 'gateway', protocol: 'websocket', ports: { out: [at('ws')] } },
      { kind: 'websocket', name: 'ws', url, ports: { out: [at('gateway')] } },
    ]);
    const socket = await client(addressOf(graph));

    socket.send('a');
    socket.send('b');

    await expect.poll(() => socket.got.slice().sort()).toEqual(['a!', 'b!', 'welcome']);
  });

  test('a connection that is lost is an error in its process', async () => {
    const { url } = await peer((socket) => socket.on('message', () => socket.terminate()));
    const errors: unknown[] = [];
    const graph = await runGraph(
      [
        { kind: 'pipe', name: 'entry', ports: { 'out[0]': [at('ws', 'io')], 'out[1]': [at('ws')] } },
        { kind: 'websocket', name: 'ws', url, ports: { error: [at('seen')] } },
        { kind: 'seen', name: 'seen' },
      ],
      [mapping('seen', (error: { code: number }) => errors.push(error.code))],
    );

    await graph.call('entry', 'x');

    await expect.poll(() => errors).toEqual([Code.UNAVAILABLE]);
    await expect.poll(() => [...graph.processes.list()].length).toBe(0);
  });

  test.each([
    [{}, 'url'],
    [{ url: 'http://x' }, 'url'],
    [{ url: 'ws://x', subprotocols: ['a', 'a'] }, 'subprotocols'],
  ])('refuses the fields %j', async (fields, name) => {
    await expect(nodeService(websocketKind, 'w', fields)).rejects.toThrow(`"${name}" wanted`);
  });
});

async function rawly(address: string, text: string): Promise<string> {
  const at = address.lastIndexOf(':');
  const socket = connect(Number(address.slice(at + 1)), address.slice(0, at));
  onTestFinished(() => void socket.destroy());
  socket.write(text);
  let got = '';
  socket.on('data', (chunk) => (got += String(chunk)));
  await expect.poll(() => got).not.toBe('');
  return got;
}
