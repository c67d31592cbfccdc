import fc from 'fast-check';
import { Code, connect, createServer, type Interceptor, StatusError } from 'flowrpc';
import { defineKind } from 'flowrpc/nodes';
import { createDebugger, type DebugEvent, type Debugger, heldProcesses } from 'flowrpc/runtime';
import { describe, expect, onTestFinished, test } from 'vitest';
import { deferred, handWritten, mapping, runGraph, to } from '../graph/run-graph.ts';

const echo = mapping('echo', (payload: unknown) => payload);
const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
const chain = [
  { kind: 'relay', name: 'a', ports: to({ out: 'b' }) },
  { kind: 'relay', name: 'b', ports: to({ out: 'c' }) },
  { kind: 'echo', name: 'c' },
];

/** Where the packets are that are held: `b`, or `b>out` for one that leaves. */
function places({ holds }: Debugger): string[] {
  return holds.map(({ frame: { node, outPort } }) => `${node.slice(8)}${outPort === undefined ? '' : `>${outPort}`}`);
}

/** Waits until as many packets are held. */
function held(one: Debugger, count: number): Promise<void> {
  return expect.poll(() => one.holds.length).toBe(count);
}

/** What a debugger tells from now on. */
function eventsOf(one: Debugger): DebugEvent[] {
  const events: DebugEvent[] = [];
  const follow = async (): Promise<void> => {
    for await (const { item } of one.events()) events.push(item);
  };
  const following = follow();
  onTestFinished(() => following);
  return events;
}

describe('createDebugger', () => {
  test('#106: a breakpoint on a node holds its packets until continue', async () => {
    const graph = await runGraph(chain, [relay, echo]);
    using one = createDebugger(graph);
    const { id } = one.add({ node: 'default.b' });

    const call = graph.call('a', 'x');
    await held(one, 1);
    const [hold] = one.holds;
    one.continue(hold!.id);

    expect(await call).toBe('x');
    expect(hold).toMatchObject({ reason: 'breakpoint', breakpoint: id, frame: { node: 'default.b', payload: 'x' } });
    expect(one.breakpoints).toEqual([{ id, node: 'default.b', hits: 1 }]);
    expect(one.holds).toEqual([]);
  });

  test.each([
    ['name', { node: 'b' }, ['b']],
    ['in-port', { node: 'b', inPort: 'in' }, ['b']],
    ['out-port', { node: 'b', outPort: 'out' }, ['b>out']],
    ['in-port and out-port', { inPort: 'in', outPort: 'out' }, ['a>out', 'b>out']],
    ['nothing: every node', {}, ['a', 'b', 'c']],
    ['a port it does not have', { node: 'b', inPort: 'other' }, []],
    ['another node', { node: 'd' }, []],
  ])('#106: a breakpoint by %s holds where it says', async (_, breakpoint, expected) => {
    const graph = await runGraph(chain, [relay, echo]);
    using one = createDebugger(graph);
    one.add(breakpoint);
    const seen: string[] = [];
    const call = graph.call('a', 1);

    for (const _ of expected) {
      await held(one, 1);
      seen.push(...places(one));
      one.continue();
    }

    expect(await call).toBe(1);
    expect(seen).toEqual(expected);
  });

  test('#106: a breakpoint by process holds the packets of that process alone', async () => {
    const graph = await runGraph(chain, [relay, echo]);
    using one = createDebugger(graph);
    const first = one.add({ node: 'a' });
    const call = graph.call('a', 'held');
    await held(one, 1);
    const { process } = one.holds[0]!.frame;

    one.add({ process, node: 'c' });
    one.remove(first.id);
    const other = await graph.call('a', 'free');
    await held(one, 1);
    const where = places(one);
    one.continue();

    expect(other).toBe('free');
    expect(where).toEqual(['c']);
    expect(await call).toBe('held');
  });

  test('#106: removing a breakpoint lets go what it holds, and nothing else', async () => {
    const graph = await runGraph(chain, [relay, echo]);
    using one = createDebugger(graph);
    const events = eventsOf(one);
    const b = one.add({ node: 'b' });
    one.add({ node: 'c' });
    const calls = [graph.call('b', 1), graph.call('c', 2)];
    await held(one, 2);

    expect(one.remove(b.id)).toBe(1);
    await expect.poll(() => places(one)).toEqual(['c', 'c']);
    expect(one.remove(b.id)).toBe(0);
    expect(one.remove()).toBe(1);

    expect(await Promise.all(calls)).toEqual([1, 2]);
    expect(events.filter(({ type }) => type === 'released')).toMatchObject([
      { reason: 'removed' },
      { reason: 'removed' },
      { reason: 'removed' },
    ]);
  });

  test('#106: step goes on to the next packet of the process, out-port after in-port, past its end', async () => {
    const graph = await runGraph(chain, [relay, echo]);
    using one = createDebugger(graph);
    const events = eventsOf(one);
    one.add({ node: 'a' });
    const call = graph.call('a', 1);
    const seen: string[] = [];

    for (let i = 0; i < 5; i++) {
      await held(one, 1);
      seen.push(...places(one));
      one.step();
    }

    expect(await call).toBe(1);
    expect(seen).toEqual(['a', 'a>out', 'b', 'b>out', 'c']);
    await expect.poll(() => events.at(-1)?.type).toBe('ended');
    expect(one.step()).toBe(false);
  });

  test('step follows its own process; others go on', async () => {
    const graph = await runGraph(chain, [relay, echo]);
    using one = createDebugger(graph);
    const bp = one.add({ node: 'a' });
    const call = graph.call('a', 'stepped');
    await held(one, 1);
    one.step();
    await held(one, 1);
    one.remove(bp.id);

    expect(await graph.call('a', 'other')).toBe('other');
    expect(places(one)).toEqual(['a>out']);
    one.continue();
    expect(await call).toBe('stepped');
  });

  test('#106: pause holds the next packet of any process, once', async () => {
    const graph = await runGraph(chain, [relay, echo]);
    using one = createDebugger(graph);
    one.pause();

    const calls = [graph.call('a', 1), graph.call('a', 2)];
    await held(one, 1);

    expect(await calls[1]).toBe(2);
    expect(one.holds[0]).toMatchObject({ reason: 'pause', frame: { node: 'default.a', payload: 1 } });
    one.continue();
    expect(await calls[0]).toBe(1);
  });

  test('#106: the clock of a run stands while its packet is held, and goes on by what was left', async () => {
    const graph = await runGraph(chain, [relay, echo]);
    using one = createDebugger(graph);
    one.add({ node: 'b' });

    const call = graph.call('a', 'x', { timeoutMs: 400 });
    await held(one, 1);
    await new Promise((resolve) => setTimeout(resolve, 900));
    one.continue();

    expect(await call).toBe('x');
  });

  test('a run whose time is over once it goes on is over', async () => {
    const never = handWritten('never', () => new Promise(() => {}));
    const graph = await runGraph(
      [
        { kind: 'relay', name: 'a', ports: to({ out: 'n' }) },
        { kind: 'never', name: 'n' },
      ],
      [relay, never],
    );
    using one = createDebugger(graph);
    one.add({ node: 'n' });
    const call = graph.call('a', 1, { timeoutMs: 300 });
    await held(one, 1);

    one.continue();

    await expect(call).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
  });

  test('the time that an edge allows stands with the clock of its run', async () => {
    const graph = await runGraph(
      [
        { kind: 'relay', name: 'a', ports: { out: [{ name: 'b', port: 'in', timeout: '300ms' }] } },
        { kind: 'echo', name: 'b' },
      ],
      [relay, echo],
    );
    using one = createDebugger(graph);
    one.add({ node: 'b' });
    const call = graph.call('a', 'x', { timeoutMs: 5_000 });
    await held(one, 1);
    await new Promise((resolve) => setTimeout(resolve, 700));
    one.continue();

    expect(await call).toBe('x');
  });

  test('the time that an interceptor of nodes allows stands, too', async () => {
    const bound: Interceptor = (call, next) => next(call.withTimeout(300));
    const graph = await runGraph(chain, [relay, echo], { nodeInterceptors: [bound] });
    using one = createDebugger(graph);
    one.add({ node: 'b' });
    const call = graph.call('a', 'x');
    await held(one, 1);
    await new Promise((resolve) => setTimeout(resolve, 700));
    one.continue();

    expect(await call).toBe('x');
  });

  test('other runs keep their clocks while one is held', async () => {
    const never = handWritten('never', () => new Promise(() => {}));
    const graph = await runGraph([...chain, { kind: 'never', name: 'n' }], [relay, echo, never]);
    using one = createDebugger(graph);
    one.add({ node: 'b' });
    const call = graph.call('a', 'x', { timeoutMs: 2_000 });
    await held(one, 1);

    await expect(graph.call('n', 1, { timeoutMs: 50 })).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    expect(places(one)).toEqual(['b']);
    one.continue();
    expect(await call).toBe('x');
  });

  test('two packets of one run are held: its clock goes on when the last of them does', async () => {
    const both = handWritten(
      'both',
      async (packet, { send }) => {
        const [first, second] = await Promise.all([send('out[0]', packet), send('out[1]', packet)]);
        return [first.reply, second.reply];
      },
      { outputs: ['out[*]'] },
    );
    const graph = await runGraph(
      [
        { kind: 'both', name: 'a', ports: to({ 'out[0]': 'b', 'out[1]': 'c' }) },
        { kind: 'echo', name: 'b' },
        { kind: 'echo', name: 'c' },
      ],
      [both, echo],
    );
    using one = createDebugger(graph);
    one.add({ node: 'b' });
    one.add({ node: 'c' });
    const call = graph.call('a', 'x', { timeoutMs: 400 });
    await held(one, 2);

    one.continue(one.holds[0]!.id);
    await new Promise((resolve) => setTimeout(resolve, 900));
    one.continue();

    expect(await call).toEqual(['x', 'x']);
  });

  test('cancelling the run lets its packet go, and the node does not run', async () => {
    const ran: unknown[] = [];
    const note = mapping('note', (payload: unknown) => ran.push(payload));
    const graph = await runGraph([{ kind: 'note', name: 'a' }], [note]);
    using one = createDebugger(graph);
    const events = eventsOf(one);
    one.add({ node: 'a' });
    const stop = new AbortController();
    const call = graph.call('a', 1, { signal: stop.signal });
    await held(one, 1);

    stop.abort();

    await expect(call).rejects.toMatchObject({ code: Code.CANCELLED });
    await expect.poll(() => events.at(-1)).toMatchObject({ type: 'released', reason: 'cancelled' });
    expect(one.holds).toEqual([]);
    expect(ran).toEqual([]);
  });

  test('a process that ends lets go what nobody waits for', async () => {
    const seen: unknown[] = [];
    const careless = handWritten('careless', (_, { send }) => {
      void send('out', 'late');
      return 'done';
    });
    const note = mapping('note', (payload: unknown) => seen.push(payload));
    const graph = await runGraph(
      [
        { kind: 'careless', name: 'a', ports: to({ out: 'b' }) },
        { kind: 'note', name: 'b' },
      ],
      [careless, note],
    );
    using one = createDebugger(graph);
    one.add({ node: 'b' });

    expect(await graph.call('a', 1)).toBe('done');

    await held(one, 0);
  });

  test.each([
    ['it is closed', (one: Debugger) => one.close()],
    ['its signal aborts', (_: Debugger, stop: AbortController) => stop.abort()],
    ['nobody says that it is alive', () => {}],
  ])('#106: a dead debugger lets go all it holds: %s', async (_, die) => {
    const graph = await runGraph(chain, [relay, echo]);
    const stop = new AbortController();
    const one = createDebugger(graph, { signal: stop.signal, heartbeatMs: 400 });
    one.add({ node: 'b' });
    const calls = [graph.call('a', 1), graph.call('a', 2)];
    await held(one, 2);

    die(one, stop);

    expect(await Promise.all(calls)).toEqual([1, 2]);
    expect(one.closed).toBe(true);
    expect(await graph.call('a', 3)).toBe(3);
  });

  test('a heartbeat keeps it alive', async () => {
    const graph = await runGraph(chain, [relay, echo]);
    using one = createDebugger(graph, { heartbeatMs: 600 });

    for (let i = 0; i < 8; i++) {
      await new Promise((resolve) => setTimeout(resolve, 150));
      one.heartbeat();
    }

    expect(one.closed).toBe(false);
  });

  test('packets of one process and port keep their order while the first is held, arriving and leaving', async () => {
    const order: unknown[] = [];
    const note = mapping('note', (payload: unknown) => {
      order.push(payload);
      return payload;
    });
    const many = handWritten('many', async (_, { send }) => {
      await Promise.all([send('out', 1), send('out', 2), send('out', 3)]);
      return 'done';
    });
    const graph = await runGraph(
      [
        { kind: 'many', name: 'a', ports: to({ out: 'b' }) },
        { kind: 'note', name: 'b' },
      ],
      [many, note],
    );
    using one = createDebugger(graph);
    one.pause();
    const call = graph.call('a', 0);
    await held(one, 1);
    one.step();
    await held(one, 1);
    const first = places(one);
    one.step();
    await held(one, 1);
    const second = places(one);
    one.continue();
    await call;

    expect(first).toEqual(['a>out']);
    expect(second).toEqual(['b']);
    expect(order).toEqual([1, 2, 3]);
  });

  test('packets beyond the bound pass, and are counted', async () => {
    const graph = await runGraph(chain, [relay, echo]);
    using one = createDebugger(graph, { maxHeld: 2, maxBreakpoints: 1 });
    one.add({ node: 'c' });

    const calls = [1, 2, 3].map((payload) => graph.call('a', payload));

    expect(await calls[2]).toBe(3);
    expect({ held: one.holds.length, missed: one.missed }).toEqual({ held: 2, missed: 1 });
    expect(() => one.add({})).toThrow('Cannot set a breakpoint: there are 1 already');
    expect(one.continue()).toBe(2);
    await Promise.all(calls);
  });

  test('two debuggers hold a packet one after the other', async () => {
    const graph = await runGraph(chain, [relay, echo]);
    using first = createDebugger(graph);
    using second = createDebugger(graph);
    first.add({ node: 'b' });
    second.add({ node: 'b' });
    const call = graph.call('a', 1);

    await held(first, 1);
    const before = second.holds.length;
    first.continue();
    await held(second, 1);
    second.continue();

    expect(before).toBe(0);
    expect(await call).toBe(1);
  });

  test('#106: a breakpoint on a source holds what it sends', async () => {
    const go = deferred();
    const late = defineKind({
      kind: 'late',
      inputs: [],
      setup: () => ({
        start: async ({ emit }) => {
          await go.promise;
          await emit('tick');
        },
      }),
    });
    const graph = await runGraph(
      [
        { kind: 'late', name: 'a', ports: to({ out: 'b' }) },
        { kind: 'echo', name: 'b' },
      ],
      [late, echo],
    );
    using one = createDebugger(graph);
    one.add({ node: 'a' });

    go.resolve();
    await held(one, 1);

    expect(places(one)).toEqual(['a>out']);
    expect(one.holds[0]!.frame.inPort).toBeUndefined();
    one.continue();
  });

  test('heldProcesses() names the processes that wait', async () => {
    const graph = await runGraph(chain, [relay, echo]);
    using one = createDebugger(graph);
    one.add({ node: 'b' });
    const call = graph.call('a', 1);
    await held(one, 1);

    expect([...heldProcesses(graph)]).toEqual([one.holds[0]!.frame.process]);
    one.continue();
    await call;
    expect(heldProcesses(graph).size).toBe(0);
  });

  test('a call over a socket without a deadline is held as long as wanted; its client may leave', async () => {
    const server = createServer();
    const graph = await runGraph(chain, [relay, echo], { server });
    await server.listen('127.0.0.1:0');
    onTestFinished(async () => void (await server.close({ graceMs: 0 })));
    const channel = connect(server.addresses[0]!);
    onTestFinished(() => channel.close());
    using one = createDebugger(graph);
    one.add({ node: 'b' });
    const stop = new AbortController();
    const client = channel.client(server.services.get('default.a')!) as unknown as {
      in(payload: unknown, options?: object): Promise<unknown>;
    };

    const left = client
      .in('gone', { signal: stop.signal, timeoutMs: 60_000 })
      .then(undefined, (error: unknown) => error);
    await held(one, 1);
    stop.abort();
    await held(one, 0);
    const stays = client.in('x', { timeoutMs: 60_000 });
    await held(one, 1);
    one.continue();

    expect(await left).toMatchObject({ code: Code.CANCELLED });
    expect(await stays).toBe('x');
  });

  test('whatever is done to it, every packet is answered and nothing stays held', { timeout: 60_000 }, async () => {
    const fail = handWritten('fail', () => {
      throw new StatusError(Code.ABORTED, 'no');
    });
    const wait = defineKind({
      kind: 'wait',
      setup: () => ({
        process: async ({ payload }) => {
          await Promise.resolve();
          return payload;
        },
      }),
    });
    const graph = await runGraph(
      [
        { kind: 'relay', name: 'a', ports: to({ out: ['b', 'c'] }) },
        { kind: 'wait', name: 'b' },
        { kind: 'relay', name: 'c', ports: to({ out: 'd' }) },
        { kind: 'wait', name: 'd' },
        { kind: 'relay', name: 'e', ports: to({ out: 'f' }) },
        { kind: 'fail', name: 'f' },
      ],
      [relay, wait, fail],
    );
    const node = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const action = fc.oneof(
      fc.record({ do: fc.constant('call' as const), node: fc.constantFrom('a', 'e') }),
      fc.record({ do: fc.constant('break' as const), node, out: fc.boolean() }),
      fc.record({
        do: fc.constantFrom(
          'continue' as const,
          'step' as const,
          'pause' as const,
          'remove' as const,
          'cancel' as const,
          'turn' as const,
        ),
      }),
    );

    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 25 }), async (actions) => {
        const one = createDebugger(graph);
        const calls: Promise<unknown>[] = [];
        const stops: AbortController[] = [];
        for (const step of actions) {
          if (step.do === 'call') {
            const stop = new AbortController();
            stops.push(stop);
            calls.push(graph.call(step.node, 1, { signal: stop.signal }).catch((error: unknown) => error));
          } else if (step.do === 'break') one.add({ node: step.node, ...(step.out && { outPort: 'out' }) });
          else if (step.do === 'continue') one.continue(one.holds[0]?.id);
          else if (step.do === 'step') one.step();
          else if (step.do === 'pause') one.pause();
          else if (step.do === 'remove') one.remove(one.breakpoints[0]?.id);
          else if (step.do === 'cancel') stops.pop()?.abort();
          else await new Promise((resolve) => setImmediate(resolve));
        }
        one.close();
        await Promise.all(calls);

        expect(one.holds).toEqual([]);
        expect(heldProcesses(graph).size).toBe(0);
      }),
      { numRuns: 400 },
    );
  });
});
