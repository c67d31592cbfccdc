import { Code, type HandlerContext } from 'flowrpc';
import { loadShed } from 'flowrpc/interceptors';
import { afterEach, expect, test, vi } from 'vitest';
import { aborted } from '../suites/gate.ts';
import { run } from '../suites/kinds.ts';
import { echo, type Probe } from '../suites/probe-service.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const transport = transports[0] as TestTransport;
const usualMs = 30;

afterEach(() => {
  vi.useRealTimers();
});

/** A server whose calls take 30 ms of a clock that the test owns, and those that say `stuck` their whole time, `n` ms. */
async function server(tolerance = 2) {
  vi.useFakeTimers({ toFake: ['performance'] });
  const shed = loadShed({ maxLoopDelayMs: false, tolerance });
  const ended: Code[] = [];
  const probe = await setup(transport, {
    handlers: {
      ...echo,
      unary: async (request: Probe, { signal }: HandlerContext) => {
        vi.advanceTimersByTime(request.text === 'stuck' ? request.n : usualMs);
        if (request.text === 'stuck') await aborted(signal);
        return request;
      },
    },
    ...onSide(
      'server',
      async function seen(call, next) {
        const status = await next(call);
        ended.push(status.code);
        return status;
      },
      shed,
    ),
  });
  const stuck = async (count: number, ms: number): Promise<void> => {
    // One whose time is up before it is sent does not count.
    for (const enough = ended.length + count; ended.length < enough; )
      await probe.client.unary({ text: 'stuck', n: ms }, { timeoutMs: 5 }).status;
  };
  const usual = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) await run(probe.client, 'unary');
  };
  return { probe, shed, ended, stuck, usual };
}

test('loadShed() on servers: one who gives calls less time than they need does not bring the limit down', async () => {
  const { probe, shed, ended, stuck, usual } = await server();
  await using _ = probe;
  await usual(25);

  await stuck(100, 10);

  expect(new Set(ended.slice(25))).toEqual(new Set([Code.DEADLINE_EXCEEDED]));
  expect(shed.limit).toBe(50);
});

test('loadShed() on servers: nor does one who is the first to call', async () => {
  const { probe, shed, stuck } = await server();
  await using _ = probe;

  await stuck(60, 20);

  expect(shed.limit).toBe(50);
});

test('loadShed() on servers: calls that had several times what is usual bring it down', async () => {
  const { probe, shed, stuck, usual } = await server();
  await using _ = probe;
  await usual(25);

  await stuck(60, 100);

  expect(shed.limit).toBeLessThan(50);
});
