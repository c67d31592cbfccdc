import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { Code, connect, createServer, inProcess, StatusError, silentLogger } from 'flowrpc';
import { dedupe } from 'flowrpc/interceptors';
import { expect, test } from 'vitest';
import { type Probe, ProbeService } from '../suites/probe-service.ts';

const steps = ['send', 'send twice', 'give up', 'give all up', 'answer', 'fail'] as const;
type Step = (typeof steps)[number];

/** One key, one server: calls are sent and given up, and its handler ends when it is told to. */
async function played(program: readonly Step[]) {
  const running: { answer(): void; fail(): void }[] = [];
  const pending: AbortController[] = [];
  const ends: Promise<{ code: Code; n: number | undefined }>[] = [];
  const seen = { atOnce: 0, paid: 0 };
  const server = createServer({ interceptors: [dedupe()], logger: silentLogger }).add(ProbeService, {
    unary: ({ text }) =>
      new Promise<Probe>((resolve, reject) => {
        running.push({
          answer: () => resolve({ text, n: ++seen.paid }),
          fail: () => reject(new StatusError(Code.ABORTED, 'failed')),
        });
        seen.atOnce = Math.max(seen.atOnce, running.length);
      }),
  });
  await using channel = connect(inProcess(server));
  const send = (): void => {
    const controller = new AbortController();
    pending.push(controller);
    const call = channel
      .client(ProbeService)
      .unary({ text: 'a', n: 0 }, { metadata: { 'idempotency-key': 'k' }, signal: controller.signal });
    ends.push(call.status.then(async ({ code }) => ({ code, n: code === Code.OK ? (await call).n : undefined })));
  };
  const does: Record<Step, () => void> = {
    send,
    'send twice': () => [send(), send()],
    'give up': () => pending.shift()?.abort(),
    'give all up': () => {
      for (const controller of pending.splice(0)) controller.abort();
    },
    answer: () => running.shift()?.answer(),
    fail: () => running.shift()?.fail(),
  };
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 4; turn++) await setImmediate();
  };
  for (const step of program) {
    does[step]();
    await settle();
  }
  // A last call is never given up.
  send();
  await settle();
  while (running.length > 0) {
    running.shift()!.answer();
    await settle();
  }
  const outcomes = await Promise.all(ends);
  await server.close({ graceMs: 0 });
  return { ...seen, outcomes };
}

test('dedupe(): whatever is given up, answers or fails, and when, a key is run at most once at a time and answered well by one run alone', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...steps), { maxLength: 14 }), async (program) => {
      const { atOnce, paid, outcomes } = await played(program);

      expect(atOnce).toBeLessThanOrEqual(1);
      expect(paid).toBe(1);
      expect(outcomes.at(-1)).toEqual({ code: Code.OK, n: 1 });
      for (const { code, n } of outcomes) if (code === Code.OK) expect(n).toBe(1);
    }),
    { interruptAfterTimeLimit: 3_000 },
  );
});
