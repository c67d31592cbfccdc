import fc from 'fast-check';
import { expect, test } from 'vitest';
import { handWritten, runGraph, to } from './run-graph.ts';

/** One packet: by which of two ports, and when its handler sends, settles, or answers at once. */
interface Step {
  readonly port: 0 | 1;
  readonly handler: 'at once' | 'after sending' | 'in its turn';
}

const step: fc.Arbitrary<Step> = fc.record({
  port: fc.constantFrom(0 as const, 1 as const),
  handler: fc.constantFrom('at once' as const, 'after sending' as const, 'in its turn' as const),
});

interface Sent extends Step {
  readonly number: number;
}

test.each([
  ['a window that nothing fills', 64],
  ['a window of two', 2],
  ['a window of one', 1],
])(
  'packets of a port start in order and are answered in order, whatever completes first: %s #30 #40',
  async (_what, window) => {
    let scheduler!: fc.Scheduler;
    let started: number[][] = [[], []];
    const worker = handWritten('worker', async ({ payload }, { send }) => {
      const { number, port, handler } = payload as Sent;
      started[port]!.push(number);
      // By a port without an edge: it lets the next one start all the same.
      if (handler === 'after sending') await send('out', null);
      await scheduler.schedule(Promise.resolve(), `work ${number}`);
      return number;
    });
    const quick = handWritten('quick', (packet, context) => {
      const { number, port, handler } = packet.payload as Sent;
      if (handler !== 'at once') return context.send('out', packet).then(({ reply }) => reply);
      started[port]!.push(number);
      return number;
    });
    const sender = handWritten(
      'sender',
      async ({ payload }, { send }) => {
        const answered: number[][] = [[], []];
        const sends = (payload as Step[]).map(async ({ port, handler }, number) => {
          const { reply } = await send(`out[${port}]`, { number, port, handler });
          answered[port]!.push(Number(reply));
        });
        await Promise.all(sends);
        return answered;
      },
      { outputs: ['out[0]', 'out[1]'] },
    );
    const graph = await runGraph(
      [
        { kind: 'sender', name: 's', ports: to({ 'out[0]': 'q0', 'out[1]': 'q1' }) },
        { kind: 'quick', name: 'q0', ports: to({ out: 'w0' }) },
        { kind: 'quick', name: 'q1', ports: to({ out: 'w1' }) },
        { kind: 'worker', name: 'w0' },
        { kind: 'worker', name: 'w1' },
      ],
      [worker, quick, sender],
      { limits: { window } },
    );

    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.scheduler(), async (steps, chosen) => {
        scheduler = chosen;
        started = [[], []];
        const reply = graph.call('s', steps);
        await chosen.waitFor(reply);
        const inOrder = [0, 1].map((wanted) => steps.flatMap(({ port }, number) => (port === wanted ? [number] : [])));
        expect(await reply).toEqual(inOrder);
        for (const [port, numbers] of inOrder.entries())
          expect([...started[port]!].sort((a, b) => a - b)).toEqual(numbers);
        // Those that need time pass through one more node, where they keep their order.
        for (const [port, numbers] of started.entries()) {
          const slow = numbers.filter((number) => steps[number]!.handler !== 'at once');
          expect(slow, `port ${port}`).toEqual([...slow].sort((a, b) => a - b));
        }
      }),
      { numRuns: 500 },
    );
    expect(graph.processes.size).toBe(0);
  },
);
