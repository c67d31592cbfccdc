import { Code, type Interceptor, StatusError } from 'flowrpc';
import { dedupe } from 'flowrpc/interceptors';
import { describe, expect, test } from 'vitest';
import { gate, pause, timed } from '../suites/gate.ts';
import type { Probe } from '../suites/probe-service.ts';
import { setup, transports } from '../suites/transports.ts';
import { answered, patient, paying, serving, type Unary } from './late-answers.ts';

describe('dedupe(), of a handler that answers when its call is over,', () => {
  test('gives the retry of a lost connection that answer, with header and trailer: it is carried out once', async () => {
    const { state, pay } = paying();
    const server = await serving(async (request, context) => {
      const { header, trailer } = context;
      header.set('x-before', 'b');
      trailer.set('x-begun', 'y');
      const answer = await pay(request, context);
      header.set('x-head', 'h');
      context.header.set('x-more', 'm');
      trailer.set('x-tail', 't');
      return answer;
    });

    const call = server.retrying.unary({ text: 'a', n: 1 });
    const reply = call.then((message) => message);
    await expect.poll(() => state.begun).toBe(1);
    server.cut();
    await server.arrivals(2);
    state.open();

    expect(await reply).toEqual({ text: 'a', n: 1 });
    const header = await call.header;
    const trailer = await call.trailer;
    const names = ['x-before', 'x-head', 'x-more', 'idempotency-replayed'];
    expect(names.map((name) => header.getAll(name))).toEqual([['b'], ['h'], ['m'], ['true']]);
    expect(['x-begun', 'x-tail'].map((name) => trailer.getAll(name))).toEqual([['y'], ['t']]);
    expect(state).toMatchObject({ begun: 1, paid: 1 });
  });

  test('gives it to all who wait, and to all who come later', async () => {
    const { state, pay } = paying();
    const server = await serving(pay);

    await server.giveUp('one');
    const waiting = [server.send('one'), server.send('one'), server.send('one')];
    await server.arrivals(4);
    state.open();

    for (const each of await Promise.all(waiting)) expect(each).toMatchObject(answered(1));
    expect(await server.send('one')).toMatchObject(answered(1));
    expect(state).toMatchObject({ begun: 1, paid: 1 });
    expect(await server.send('one', { n: 2 })).toMatchObject({ code: Code.INVALID_ARGUMENT });
  });

  test('also gives it to the first who comes once it is there', async () => {
    const { state, pay } = paying();
    const server = await serving(pay);

    await server.giveUp('one');
    state.open();
    await expect.poll(() => state.paid).toBe(1);
    await pause(10);

    expect(await server.send('one', { n: 2 })).toMatchObject({ code: Code.INVALID_ARGUMENT });
    expect(await server.send('one')).toMatchObject(answered(1));
    expect(await server.send('one')).toMatchObject(answered(1));
    expect(state.begun).toBe(1);
  });

  test('runs it again where it failed, or gave nothing', async () => {
    const ends: (() => Probe)[] = [
      () => {
        throw new StatusError(Code.ABORTED, 'given up');
      },
      () => undefined as never,
      () => ({ text: 'a', n: 3 }),
    ];
    let runs = 0;
    const holds = [gate(), gate(), gate()];
    const server = await serving(async () => {
      const run = runs++;
      await holds[run]!.promise;
      return ends[run]!();
    });

    for (const hold of holds) {
      await server.giveUp('one');
      hold.open();
    }

    expect(await server.send('one')).toMatchObject(answered(3));
    expect(runs).toBe(3);
  });
});

describe('dedupe(), and how much of what comes too late it keeps:', () => {
  test('more than it may is given to who waits, and not kept', async () => {
    const { state, pay } = paying();
    const server = await serving(
      async (request, context) => ({ ...(await pay(request, context)), bulk: 'x'.repeat(4_000) }),
      {
        options: { maxBytes: 4_000 },
      },
    );

    await server.giveUp('one');
    const waiting = [server.send('one'), server.send('one')];
    await server.arrivals(3);
    state.open();

    for (const each of await Promise.all(waiting)) expect(each).toMatchObject(answered(1));
    expect(await server.send('one')).toMatchObject({ n: 2, replayed: false });
  });

  test('what only interceptors can make a message of takes a sixteenth of the room each', async () => {
    let runs = 0;
    const hold = gate();
    const made: Interceptor = (call, next) => next(call.mapResponses((given) => ({ text: 'made', n: Number(given) })));
    const server = await serving(
      async () => {
        const run = ++runs;
        await hold.promise;
        return run as never;
      },
      { inside: [made], options: { maxBytes: 160_000 } },
    );
    const ids = Array.from({ length: 20 }, (_, id) => String(id));

    await server.giveUp(...ids);
    expect(runs).toBe(20);
    hold.open();
    await pause(20);

    // The oldest made room: those are carried out again, and no others.
    expect(await server.send('19')).toMatchObject({ text: 'made', replayed: true });
    expect((await server.send('0')).replayed).toBe(false);
  });
});

describe.each(transports)('dedupe(), $name:', (transport) => {
  test('what a handler answers after its deadline is what the repeat gets', timed, async () => {
    const { state, pay } = paying();
    let over = false;
    const unary: Unary = (request, context) => {
      context.signal.addEventListener('abort', () => (over = true));
      return pay(request, context);
    };
    await using probe = await setup(transport, {
      handlers: { unary },
      server: { interceptors: [dedupe()] },
    });
    const metadata = { 'idempotency-key': 'one' };

    const first = await probe.client.unary({ text: 'a', n: 1 }, { metadata, timeoutMs: 300 }).status;
    const second = probe.client.unary({ text: 'a', n: 1 }, { metadata });
    const reply = second.then((message) => message);
    await expect.poll(() => over, patient).toBe(true);
    state.open();

    expect(first.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(await reply).toEqual({ text: 'a', n: 1 });
    expect((await second.header).get('idempotency-replayed')).toBe('true');
    expect(state).toMatchObject({ begun: 1, paid: 1 });
  });

  test('so it is where the handler never left the processor until its deadline had passed', timed, async () => {
    let paid = 0;
    await using probe = await setup(transport, {
      handlers: {
        unary({ text }, { deadline }) {
          while (paid === 0 && Date.now() <= deadline + 20);
          return { text, n: ++paid };
        },
      },
      server: { interceptors: [dedupe()] },
    });
    const send = (timeoutMs: number) =>
      probe.client.unary({ text: 'a', n: 1 }, { metadata: { 'idempotency-key': 'one' }, timeoutMs });

    expect((await send(200).status).code).toBe(Code.DEADLINE_EXCEEDED);
    const repeat = send(10_000);

    expect(await repeat).toEqual({ text: 'a', n: 1 });
    expect((await repeat.header).get('idempotency-replayed')).toBe('true');
    expect(paid).toBe(1);
  });
});
