import { Code } from 'flowrpc';
import { expect, test } from 'vitest';
import { gate } from './gate.ts';
import { everyKind, kinds, outcome, run, shout, start } from './kinds.ts';
import { echo, ProbeService } from './probe-service.ts';
import { setup, type TestTransport } from './transports.ts';

/** Services that come, go and change while calls are under way lose none of them (#117). */
export function serving(transport: TestTransport): void {
  test('a replaced service ends its calls on the old handlers and starts new ones on the new', async () => {
    const resume = gate();
    const started = gate();
    let running = 0;
    await using probe = await setup(transport, {
      handlers: everyKind(async function* old(requests) {
        running += 1;
        if (running === kinds.length) started.open();
        await resume.promise;
        for await (const { n } of requests) yield { text: 'old', n };
      }),
    });

    const before = kinds.map((kind) => outcome(start(probe.client, kind)));
    await started.promise;
    probe.server.replace(
      ProbeService,
      everyKind(async function* fresh(requests) {
        for await (const { n } of requests) yield { text: 'new', n };
      }),
    );
    const after = await Promise.all(kinds.map((kind) => run(probe.client, kind)));
    resume.open();
    const ended = await Promise.all(before);

    for (const { status, messages } of ended) {
      expect(status).toMatchObject({ code: Code.OK, message: '' });
      for (const { text } of messages) expect(text).toBe('old');
    }
    for (const { messages } of after) for (const { text } of messages) expect(text).toBe('new');
  });

  test('replacing a service over and over under load loses no call', async () => {
    await using probe = await setup(transport, { handlers: everyKind(shout) });

    const workers = kinds.map(async (kind) => {
      const codes = new Set<Code>();
      for (let n = 0; n < 50; n++) {
        const running = run(probe.client, kind);
        if (n % 2 === 0) await new Promise(setImmediate);
        probe.server.replace(ProbeService, everyKind(shout));
        codes.add((await running).status.code);
      }
      return [...codes];
    });

    expect((await Promise.all(workers)).flat()).toEqual([Code.OK, Code.OK, Code.OK, Code.OK]);
  });

  test('a removed service lets its calls end and answers UNIMPLEMENTED from then on', async () => {
    const resume = gate();
    const started = gate();
    await using probe = await setup(transport, {
      handlers: {
        ...echo,
        unary: async ({ text, n }) => {
          started.open();
          await resume.promise;
          return { text, n };
        },
      },
    });

    const under = outcome(start(probe.client, 'unary'));
    await started.promise;
    const removed = probe.server.remove(ProbeService);
    const again = probe.server.remove('suite.Probe');
    const late = await run(probe.client, 'unary');
    resume.open();

    expect([removed, again]).toEqual([true, false]);
    expect(late.status.code).toBe(Code.UNIMPLEMENTED);
    expect((await under).status.code).toBe(Code.OK);
    expect(probe.server.services.size).toBe(0);
  });
}
