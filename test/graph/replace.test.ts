import { setTimeout as sleep } from 'node:timers/promises';
import * as grpc from '@grpc/grpc-js';
import { Code, connect, createServer, StatusError, silentLogger } from 'flowrpc';
import { createGraph } from 'flowrpc/graph';
import { createKinds, defineKind, type NodeInstance, oneToOne, source } from 'flowrpc/nodes';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ErrorInfo, findDetail } from '../../src/wire/error-details.ts';
import { greeter } from '../nodes/greeter.ts';
import { Lives, liveGraph, specsOf } from './lives.ts';
import { deferred, to } from './run-graph.ts';

/** Answers with its version once the gate of its version opens. */
function gated() {
  const gates = new Map<number, ReturnType<typeof deferred<void>>>();
  const closed: number[] = [];
  const gate = (version: number) => {
    if (!gates.has(version)) gates.set(version, deferred<void>());
    return gates.get(version)!;
  };
  const kind = defineKind<{ version: number; waits?: boolean }>({
    kind: 'gated',
    setup: ({ version, waits = true }) => ({
      ...oneToOne(async () => {
        if (waits) await gate(version).promise;
        return version;
      }),
      close: () => void closed.push(version),
    }),
  });
  return { kind, gate, closed };
}

describe('replacing a node', () => {
  test('leaves a process that runs through it as it is; the next one has the new node #37', async () => {
    const { kind, gate, closed } = gated();
    const lives = new Lives();
    const specs = (version: number, out = 'g') =>
      specsOf([
        { kind: 'node', name: 'a', ports: to({ out }) },
        { kind: 'gated', name: 'g', version },
        { kind: 'node', name: 'z' },
      ]);
    const graph = await liveGraph([], lives, { kinds: [kind] });
    await graph.update({ specs: specs(1) });
    const under = graph.call('a', 'x');
    const change = await graph.update({ specs: specs(2) });
    const next = graph.call('a', 'x');
    await graph.update({ specs: specs(2, 'z') });

    expect(change.replaced).toEqual(['default.g']);
    expect(await graph.call('a', 'x')).toBe('x>a>z');
    expect(closed).toEqual([]);
    gate(2).resolve();
    expect(await next).toBe(2);
    gate(1).resolve();
    expect(await under).toBe(1);
    await expect.poll(() => closed).toEqual([1]);
    expect(lives.closed.size).toBe(0);
  });

  test('that is in use for longer than the grace period ends its calls with UNAVAILABLE, reason REPLACED', async () => {
    const { kind, gate, closed } = gated();
    const server = createServer({ logger: silentLogger });
    const graph = await liveGraph([{ kind: 'gated', name: 'g', version: 1 }], new Lives(), {
      kinds: [kind],
      server,
      replaceGraceMs: 30,
    });
    const { address } = await server.listen('127.0.0.1:0');
    await using channel = connect(address);
    onTestFinished(async () => void (await server.close({ graceMs: 100 })));
    const service = server.services.get('default.g')!;
    const client = channel.client(service) as never as { in(payload: unknown): Promise<unknown> };
    const remote = client.in('x').catch((thrown: unknown) => thrown);
    const local = graph.call('g', 'x').catch((thrown: unknown) => thrown);
    await expect.poll(() => graph.processes.size).toBe(2);

    await graph.update({ specs: specsOf([{ kind: 'gated', name: 'g', version: 2, waits: false }]) });
    expect(await graph.call('g', 'x')).toBe(2);

    for (const error of await Promise.all([remote, local])) {
      expect(error).toBeInstanceOf(StatusError);
      expect(error).toMatchObject({
        code: Code.UNAVAILABLE,
        statusMessage: expect.stringContaining('"default.g" was replaced'),
      });
      expect(findDetail(error as StatusError, ErrorInfo)).toMatchObject({
        reason: 'REPLACED',
        metadata: { node: 'default.g' },
      });
    }
    await expect.poll(() => closed).toEqual([1]);
    gate(1).resolve();
  });

  test('waits for the forks of its processes, too', async () => {
    const release = deferred();
    const log: string[] = [];
    const forks = defineKind<{ version: number }>({
      kind: 'forks',
      setup: ({ version }) => ({
        process: (_packet, { process }) => {
          process.fork(async () => {
            await release.promise;
            log.push(`fork ${version}`);
          });
          return version;
        },
        close: () => void log.push(`close ${version}`),
      }),
    });
    const graph = await liveGraph([{ kind: 'forks', name: 'f', version: 1 }], new Lives(), { kinds: [forks] });
    expect(await graph.call('f', 0)).toBe(1);

    await graph.update({ specs: specsOf([{ kind: 'forks', name: 'f', version: 2 }]) });
    await sleep(20);
    expect(log).toEqual([]);
    release.resolve();

    await expect.poll(() => log).toEqual(['fork 1', 'close 1']);
  });

  test('is not held up by a process that never came by it', async () => {
    const { kind, gate, closed } = gated();
    const lives = new Lives();
    const graph = await liveGraph([], lives, { kinds: [kind] });
    const specs = (version: number, waits: boolean) =>
      specsOf([
        { kind: 'node', name: 'a', ports: to({ out: 'g' }) },
        { kind: 'gated', name: 'g', version, waits },
      ]);
    await graph.update({ specs: specs(1, true) });
    const under = graph.call('a', 'x');
    await graph.update({ specs: specs(2, false) });
    for (let version = 3; version <= 5; version++) await graph.update({ specs: specs(version, false) });

    await expect.poll(() => closed).toEqual([2, 3, 4]);
    gate(1).resolve();
    expect(await under).toBe(1);
    await expect.poll(() => closed).toEqual([2, 3, 4, 1]);
  });

  test('waits for processes that began before a link to it changed', async () => {
    const { kind, gate, closed } = gated();
    const graph = await liveGraph([], new Lives(), { kinds: [kind] });
    const specs = (out: string, version: number) =>
      specsOf([
        { kind: 'node', name: 'a', ports: to({ out }) },
        { kind: 'gated', name: 'g', version },
        { kind: 'node', name: 'z' },
      ]);
    await graph.update({ specs: specs('g', 1) });
    const under = graph.call('a', 'x');
    await graph.update({ specs: specs('z', 1) });
    await graph.update({ specs: specs('z', 2) });
    await graph.update({ specs: specs('z', 3) });

    await expect.poll(() => closed).toEqual([2]);
    gate(1).resolve();
    expect(await under).toBe(1);
    await expect.poll(() => closed).toEqual([2, 1]);
  });

  test('hands what it kept over when its kind has handover()', async () => {
    class Count implements NodeInstance {
      count = 0;
      readonly step: number;
      constructor(step: number) {
        this.step = step;
      }
      process(): number {
        return (this.count += this.step);
      }
      handover(old: NodeInstance): void {
        this.count = (old as Count).count;
      }
    }
    const counts = defineKind<{ step: number }>({
      kind: 'counts',
      fields: ['step'],
      setup: ({ step }) => new Count(step),
    });
    const graph = await liveGraph([{ kind: 'counts', name: 'c', step: 1 }], new Lives(), { kinds: [counts] });
    await graph.call('c', 0);

    await graph.update({ specs: specsOf([{ kind: 'counts', name: 'c', step: 10 }]) });

    expect(await graph.call('c', 0)).toBe(11);
  });

  test('behind a source keeps the source running, which sends to the new one', async () => {
    let emit!: (payload: unknown) => Promise<unknown>;
    let started = 0;
    const door = defineKind({
      kind: 'door',
      inputs: [],
      setup: () =>
        source(async (context) => {
          started += 1;
          emit = context.emit;
          await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()));
        }),
    });
    const specs = (text: string) =>
      specsOf([
        { kind: 'door', name: 'd', ports: to({ out: 'a' }) },
        { kind: 'node', name: 'a', text },
      ]);
    const graph = await liveGraph([], new Lives(), { kinds: [door] });
    await graph.update({ specs: specs('1') });
    expect(await emit('x')).toBe('x>a1');

    await graph.update({ specs: specs('2') });

    expect(await emit('x')).toBe('x>a2');
    expect(started).toBe(1);
  });

  test('that is a source stops the old one before the new one begins, and lets its processes end', async () => {
    const lives = new Lives();
    const release = deferred();
    const replies: unknown[] = [];
    const once = defineKind<{ version: number }>({
      kind: 'once',
      inputs: [],
      setup: ({ version }) =>
        source(async ({ emit, signal }) => {
          lives.log.push(`start ${version}`);
          emit(version).then(
            (reply) => replies.push(reply),
            (error: unknown) => replies.push(error),
          );
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          lives.log.push(`stop ${version}`);
        }),
    });
    const slow = defineKind({
      kind: 'slow',
      setup: () =>
        oneToOne(async (payload) => {
          await release.promise;
          return payload;
        }),
    });
    const specs = (version: number) =>
      specsOf([
        { kind: 'once', name: 'o', version, ports: to({ out: 's' }) },
        { kind: 'slow', name: 's' },
      ]);
    const graph = await liveGraph([], lives, { kinds: [once, slow] });
    await graph.update({ specs: specs(1) });
    await graph.update({ specs: specs(2) });

    expect(lives.take()).toEqual(['start 1', 'stop 1', 'start 2']);
    release.resolve();
    await expect.poll(() => replies).toEqual([1, 2]);
  });

  test('by one with other types serves calls under way by the old descriptor and new ones by the new', async () => {
    const { files } = await greeter();
    const release = deferred();
    const typed = (kind: string, request: string, response: string, fn: (payload: never) => unknown) =>
      defineKind({
        kind,
        types: { in: { request, response } },
        files,
        setup: () => oneToOne(fn as (payload: unknown) => unknown),
      });
    const greets = typed(
      'greets',
      'helloworld.HelloRequest',
      'helloworld.HelloReply',
      async ({ name }: { name: string }) => {
        await release.promise;
        return { message: `Hello, ${name}` };
      },
    );
    const counts = typed(
      'counts',
      'helloworld.CountRequest',
      'helloworld.CountReply',
      ({ to: end }: { to: number }) => ({ n: end + 1 }),
    );
    const server = createServer({ logger: silentLogger });
    const graph = await liveGraph([{ kind: 'greets', name: 'g' }], new Lives(), { kinds: [greets, counts], server });
    const { address } = await server.listen('127.0.0.1:0');
    onTestFinished(async () => void (await server.close({ graceMs: 100 })));
    await using channel = connect(address);
    const clientOf = () =>
      channel.client(server.services.get('default.g')!) as never as { in(payload: unknown): Promise<unknown> };
    const under = clientOf().in({ name: 'Ada' });
    await expect.poll(() => graph.processes.size).toBe(1);

    await graph.update({ specs: specsOf([{ kind: 'counts', name: 'g' }]) });
    const next = await clientOf().in({ to: 4 });
    release.resolve();

    expect(next).toMatchObject({ n: 5 });
    expect(await under).toMatchObject({ message: 'Hello, Ada' });
  });

  test('lets calls in that were accepted before, whether their node is replaced, becomes another kind, or goes #62', async () => {
    const gates: (() => void)[] = [];
    const server = createServer({
      logger: silentLogger,
      interceptors: [
        async (call, next) => {
          await new Promise<void>((resolve) => gates.push(resolve));
          return next(call);
        },
      ],
    });
    const lives = new Lives();
    const node = (name: string, fields: object) => ({ kind: 'node', name, ...fields });
    const graph = await liveGraph(
      [node('a', { text: '1' }), node('b', { text: '1' }), node('c', { text: '1' })],
      lives,
      { server },
    );
    const { address } = await server.listen('127.0.0.1:0');
    onTestFinished(async () => void (await server.close({ graceMs: 100 })));
    await using channel = connect(address);
    const calls = ['a', 'b', 'c'].map((name) =>
      (
        channel.client(server.services.get(`default.${name}`)!) as never as { in(payload: unknown): Promise<unknown> }
      ).in('x'),
    );
    const replies = Promise.all(calls);
    await expect.poll(() => gates.length).toBe(3);

    await graph.update({ specs: specsOf([node('a', { text: '2' }), { kind: 'counter', name: 'b' }]) });
    for (const open of gates) open();

    expect(await replies).toEqual(['x>a2', 'x>b1', 'x>c1']);
    await expect.poll(() => [...lives.closed.keys()].sort()).toEqual(['a1', 'b1', 'c1']);
  });

  test('a leaf 200 times under load over a socket loses no request, and closes nothing upstream #62', async () => {
    const lives = new Lives();
    const server = createServer({ logger: silentLogger });
    const specs = (version: number) =>
      specsOf([
        { kind: 'emits', name: 'door', ports: to({ out: 'top' }) },
        { kind: 'node', name: 'top', ports: to({ out: 'leaf' }) },
        { kind: 'waits', name: 'leaf', version },
      ]);
    const made: number[] = [];
    const closed: number[] = [];
    let inside = 0;
    const waits = defineKind<{ version: number }>({
      kind: 'waits',
      fields: ['version'],
      setup: ({ version }) => {
        made.push(version);
        let open = true;
        return {
          process: async ({ payload }) => {
            inside += 1;
            await new Promise((resolve) => setImmediate(resolve));
            inside -= 1;
            if (!open) throw new Error(`version ${version} was closed while it worked`);
            return { payload, version };
          },
          close: () => {
            open = false;
            closed.push(version);
          },
        };
      },
    });
    const graph = await createGraph({
      specs: specs(0),
      kinds: createKinds(lives.node, lives.emits, waits),
      server,
      logger: silentLogger,
    });
    const { address } = await server.listen('127.0.0.1:0');
    await using channel = connect(address);
    const client = channel.client(server.services.get('default.top')!) as never as {
      in(payload: unknown): Promise<{ payload: string; version: number }>;
    };
    let sent = 0;
    const answered = new Map<number, number>();
    const failures: unknown[] = [];
    let busy = true;
    const load = async (call: typeof client.in): Promise<void> => {
      while (busy) {
        const number = sent++;
        try {
          const { payload, version } = await call(String(number));
          if (payload !== `${number}>top`) failures.push(payload);
          answered.set(version, (answered.get(version) ?? 0) + 1);
        } catch (thrown) {
          failures.push(thrown);
        }
      }
    };
    const bare = new grpc.Client(address, grpc.credentials.createInsecure());
    const { path, request, response } = server.services.get('default.top')!.methods.in!;
    const plainCall = (payload: string) =>
      new Promise<{ payload: string; version: number }>((resolve, reject) => {
        bare.makeUnaryRequest(
          path,
          (value: string) => Buffer.from(request.encode(value)),
          (bytes) => response.decode(bytes) as { payload: string; version: number },
          payload,
          (error, reply) => (error === null ? resolve(reply!) : reject(error)),
        );
      });
    const loads = Array.from({ length: 16 }, (_, index) =>
      load(index % 2 === 0 ? (payload) => client.in(payload) : plainCall),
    );
    for (let version = 1; version <= 200; version++) {
      await graph.update({ specs: specs(version) });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => answered.has(200)).toBe(true);
    busy = false;
    await Promise.all(loads);
    bare.close();
    await graph.close();
    await server.close();

    expect(failures).toEqual([]);
    expect([...answered.values()].reduce((sum, count) => sum + count, 0)).toBe(sent);
    expect(answered.size).toBeGreaterThan(20);
    expect(made).toEqual(Array.from({ length: 201 }, (_, version) => version));
    expect([...closed].sort((a, b) => a - b)).toEqual(made);
    expect(inside).toBe(0);
    expect([server.sessions.accepted, server.sessions.failed]).toEqual([2, 0]);
    expect(lives.log).toEqual(['+top', '+door', 'start door', 'stop door', '-door', '-top']);
  });
});
