import { Code, connect, createServer, type Interceptor, silentLogger } from 'flowrpc';
import { createKinds, defineKind } from 'flowrpc/nodes';
import { ControlService, control, createControlToken, createRuntime } from 'flowrpc/runtime';
import { describe, expect, onTestFinished, test } from 'vitest';
import { debugHandler } from '../../src/runtime/control-debug.ts';
import { FrameLease } from '../../src/runtime/frame-lease.ts';
import { type ControlClient, controlled, plain } from './control-harness.ts';

const relay = defineKind({
  kind: 'relay',
  setup: () => ({ process: async (packet, { send }) => (await send('out', packet)).reply }),
});
const echo = defineKind({ kind: 'echo', setup: () => ({ process: (packet) => packet }) });

async function debugged() {
  const { runtime, client } = await controlled({ kinds: createKinds(relay, echo) });
  await runtime.specs.put({ kind: 'relay', name: 'a', ports: { out: [{ name: 'b', port: 'in' }] } });
  await runtime.specs.put({ kind: 'echo', name: 'b' });
  await expect.poll(() => runtime.nodes.filter(({ status }) => status === 'active').length).toBe(2);
  return { runtime, client, session: openSession(client) };
}

type Requests = Parameters<ControlClient['debug']>[0] extends AsyncIterable<infer T> | Iterable<infer T> ? T : never;
type Response = Awaited<ReturnType<ReturnType<ControlClient['debug']>['next']>>['value'];
type Event = NonNullable<Response['event']>;

/** A Debug call that commands are sent on one by one. */
function openSession(client: ControlClient) {
  const waiting: Requests[] = [];
  let wake = (): void => {};
  let over = false;
  async function* requests(): AsyncGenerator<Requests> {
    while (!over) {
      yield* waiting.splice(0);
      if (!over && waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  const call = client.debug(requests());
  onTestFinished(() => call.cancel());
  const next = async (): Promise<Event> => (await call.next()).value?.event;
  return {
    call,
    next,
    send(request: Requests): void {
      waiting.push(request);
      wake();
    },
    end(): void {
      over = true;
      wake();
    },
  };
}

describe('Control.Debug', () => {
  test('#106: breakpoints, step, pause and removal work over RPC, each answered with its id', async () => {
    const { runtime, session } = await debugged();
    session.send({ id: 1, command: { case: 'break', value: { breakpoint: { node: 'a' } } } });
    const added = await session.next();
    const call = runtime.call('a', { n: 1 });
    const hit = await session.next();
    session.send({ id: 2, command: { case: 'step', value: {} } });
    const stepped = [await session.next(), await session.next(), await session.next()];
    session.send({ id: 3, command: { case: 'continue', value: {} } });
    await session.next();
    const done = await session.next();

    expect(await call).toEqual({ n: 1 });
    expect(added).toMatchObject({ case: 'done', value: { id: 1, breakpoints: [{ id: 1, node: 'a', hits: 0n }] } });
    expect(hit).toMatchObject({
      case: 'hit',
      value: { id: 1, breakpoint: 1, frame: { node: 'default.a', inPort: 'in' } },
    });
    expect(plain(hit.case === 'hit' ? hit.value.frame?.payload : undefined)).toEqual({ n: 1 });
    expect(stepped.map((event) => event.case)).toEqual(['released', 'done', 'hit']);
    expect(stepped[2]).toMatchObject({ value: { breakpoint: 0, reason: 'step', frame: { outPort: 'out' } } });
    expect(done).toMatchObject({ case: 'done', value: { id: 3 } });
  });

  test('#106: removing a breakpoint releases its packet; pause holds the next one', async () => {
    const { runtime, session } = await debugged();
    session.send({ id: 0, command: { case: 'break', value: { breakpoint: { node: 'b' } } } });
    session.send({ id: 7, command: { case: 'list', value: {} } });
    const list = await session.next();
    const call = runtime.call('a', 1);
    await session.next();
    session.send({ id: 8, command: { case: 'remove', value: { breakpoint: 1 } } });
    const released = await session.next();

    expect(await call).toBe(1);
    expect(list).toMatchObject({ case: 'done', value: { id: 7, breakpoints: [{ id: 1 }] } });
    expect(released).toMatchObject({ case: 'released', value: { hit: 1, reason: 'removed' } });

    await session.next();
    session.send({ id: 9, command: { case: 'pause', value: {} } });
    await session.next();
    const paused = runtime.call('b', 2);
    expect(await session.next()).toMatchObject({
      case: 'hit',
      value: { reason: 'pause', frame: { node: 'default.b' } },
    });
    session.end();
    expect(await paused).toBe(2);
  });

  test('#106: breakpoints die with the call, however it ends, and what they held goes on', async () => {
    const { runtime, client } = await debugged();
    const end = [
      (session: ReturnType<typeof openSession>) => session.end(),
      (session: ReturnType<typeof openSession>) => session.call.cancel(),
    ];
    for (const how of end) {
      const session = openSession(client);
      session.send({ id: 1, command: { case: 'break', value: { breakpoint: { node: 'b' } } } });
      await session.next();
      const call = runtime.call('a', 'x');
      await session.next();

      how(session);

      expect(await call).toBe('x');
      expect(await runtime.call('a', 'y')).toBe('y');
    }
  });

  test('frames can be listed while somebody debugs, and processes are held', async () => {
    const { runtime, client, session } = await debugged();
    session.send({ id: 1, command: { case: 'break', value: { breakpoint: { node: 'b' } } } });
    await session.next();
    const call = runtime.call('a', 1);
    await session.next();

    const { frames } = await client.listFrames({ filter: { node: 'a', where: 'self.state == "open"' } });
    const { processes } = await client.listProcesses({ where: 'self.status == "held"' });
    session.end();
    await call;

    expect(frames.map(({ node, outPort }) => [node, outPort])).toEqual([
      ['default.a', ''],
      ['default.a', 'out'],
    ]);
    expect(processes).toMatchObject([{ node: 'default.a' }]);
    await expect
      .poll(() =>
        client.listFrames({}).then(
          () => 0,
          ({ code }) => code,
        ),
      )
      .toBe(Code.FAILED_PRECONDITION);
  });

  test('what is wrong with a command is its answer, and the call goes on', async () => {
    const { session } = await debugged();
    const wrong: Requests['command'][] = [
      undefined,
      { case: 'remove', value: { breakpoint: 3 } },
      { case: 'continue', value: { hit: 3 } },
      { case: 'step', value: {} },
    ];
    const codes: unknown[] = [];

    for (const [index, command] of wrong.entries()) {
      session.send({ id: index + 1, ...(command !== undefined && { command }) });
      const event = await session.next();
      codes.push(event.case === 'failed' ? event.value.status?.code : event.case);
    }
    for (let index = 0; index <= 100; index++)
      session.send({ id: 1_000 + index, command: { case: 'break', value: { breakpoint: { node: 'a' } } } });
    let last = await session.next();
    for (let index = 0; index < 100; index++) last = await session.next();

    expect(codes).toEqual([Code.INVALID_ARGUMENT, Code.NOT_FOUND, Code.NOT_FOUND, Code.NOT_FOUND]);
    expect(last).toMatchObject({ case: 'failed', value: { id: 1_100, status: { code: Code.RESOURCE_EXHAUSTED } } });
  });

  test('#106: a debugger that says nothing for too long is dead: its packets go on, its call ends', async () => {
    const { runtime } = await debugged();
    const { graph } = runtime;
    const debug = debugHandler({ graph, frames: new FrameLease(graph), heartbeatMs: 300 });
    async function* requests(): AsyncGenerator<Requests> {
      yield { id: 1, command: { case: 'break', value: { breakpoint: { node: 'b' } } } };
      await new Promise(() => {});
    }
    const responses = debug(requests() as never, { signal: new AbortController().signal });
    await responses.next();

    const call = runtime.call('a', 'x');
    const events = [await responses.next(), await responses.next()];

    expect(await call).toBe('x');
    expect(events.map(({ value }) => value.event.case)).toEqual(['hit', 'released']);
    expect(events[1]!.value.event.value.reason).toBe('closed');
    await expect(responses.next()).rejects.toMatchObject({ code: Code.ABORTED });
  });

  test('a server that closes does not wait for a debugger: what it holds is answered first', async () => {
    const server = createServer({ logger: silentLogger });
    const runtime = await createRuntime({ kinds: createKinds(relay, echo), logger: silentLogger, server });
    onTestFinished(async () => void (await runtime.close({ graceMs: 0 })));
    await runtime.specs.put({ kind: 'echo', name: 'b' });
    const token = createControlToken();
    server.add(control({ runtime, token }));
    await runtime.load();
    const { address } = await server.listen('127.0.0.1:0');
    const bearer: Interceptor = (call, next) =>
      next(call.withMetadata((copy) => copy.set('authorization', `Bearer ${token}`)));
    const channel = connect(address, { interceptors: [bearer] });
    onTestFinished(() => channel.close());
    const session = openSession(channel.client(ControlService));
    session.send({ id: 1, command: { case: 'break', value: { breakpoint: { node: 'b' } } } });
    await session.next();
    const node = channel.client(server.services.get('default.b')!) as unknown as {
      in(payload: unknown): Promise<unknown>;
    };
    const call = node.in('x');
    await session.next();

    const closed = server.close({ graceMs: 60_000 });

    expect(await call).toBe('x');
    await closed;
  });
});
