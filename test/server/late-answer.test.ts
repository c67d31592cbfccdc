import { answerKey, Code, type Interceptor, type LateAnswer, Metadata, StatusError } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { gate, pause } from '../suites/gate.ts';
import type { Probe } from '../suites/probe-service.ts';
import { onSide, setup, transports } from '../suites/transports.ts';

const patient = { timeout: 5_000 };

/** An interceptor that sees what calls settle with. */
function settling() {
  const settled: Promise<LateAnswer | undefined>[] = [];
  const interceptor: Interceptor = async function settling(call, next) {
    const status = await next(call);
    if (call.unsettled !== undefined) settled.push(call.unsettled);
    return status;
  };
  return { settled, interceptor };
}

describe.each(transports)('call.unsettled, $name,', (transport) => {
  test('settles with what a handler gave after its call was over, header and trailer whole', async () => {
    const hold = gate();
    const begun = gate();
    const { settled, interceptor } = settling();
    await using probe = await setup(transport, {
      handlers: {
        async unary({ text }, { header, trailer }) {
          header.set('x-early', 'e');
          trailer.set('x-begun', 'b');
          begun.open();
          await hold.promise;
          header.set('x-late', 'l');
          trailer.set('x-ended', 'e');
          return { text, n: 7 };
        },
      },
      ...onSide('server', interceptor),
    });
    const stop = new AbortController();

    const call = probe.client.unary({ text: 'a', n: 1 }, { signal: stop.signal });
    const status = call.status;
    await begun.promise;
    stop.abort();
    expect((await status).code).toBe(Code.CANCELLED);
    await expect.poll(() => settled.length, patient).toBe(1);
    hold.open();

    const { message, header, trailer } = (await settled[0])!;
    expect(message).toEqual({ text: 'a', n: 7 });
    expect([...header]).toEqual([
      ['x-early', 'e'],
      ['x-late', 'l'],
    ]);
    expect([...trailer]).toEqual([
      ['x-begun', 'b'],
      ['x-ended', 'e'],
    ]);
  });

  test('settles with nothing where a handler failed, or streams', async () => {
    const hold = gate();
    const begun: string[] = [];
    const { settled, interceptor } = settling();
    await using probe = await setup(transport, {
      handlers: {
        async unary() {
          begun.push('unary');
          await hold.promise;
          throw new StatusError(Code.ABORTED, 'given up');
        },
        async *serverStream() {
          begun.push('stream');
          await hold.promise;
          yield { text: 'a', n: 1 };
        },
      },
      ...onSide('server', interceptor),
    });
    const stop = new AbortController();

    const unary = probe.client.unary({ text: 'a', n: 1 }, { signal: stop.signal }).status;
    const stream = probe.client.serverStream({ text: 'a', n: 1 }, { signal: stop.signal }).status;
    await expect.poll(() => begun.length, patient).toBe(2);
    stop.abort();
    await Promise.all([unary, stream]);
    await expect.poll(() => settled.length, patient).toBe(2);
    hold.open();

    expect(await Promise.all(settled)).toEqual([undefined, undefined]);
  });

  test('is not set for calls that end in time, whatever they end with', async () => {
    const { settled, interceptor } = settling();
    await using probe = await setup(transport, {
      handlers: {
        async unary({ text, n }) {
          if (n === 2) throw new StatusError(Code.ABORTED, 'no');
          return { text, n };
        },
      },
      ...onSide('server', interceptor),
    });

    const codes = [];
    for (const n of [1, 2]) codes.push((await probe.client.unary({ text: 'a', n }).status).code);
    await pause(5);

    expect(codes).toEqual([Code.OK, Code.ABORTED]);
    expect(settled).toEqual([]);
  });

  test('answerKey stands in for a handler: maps and ends are as if it had run, and it is not run', async () => {
    let runs = 0;
    const seen: unknown[] = [];
    const answering: Interceptor = async (call, next) => {
      const answer: LateAnswer = {
        header: new Metadata({ 'x-head': 'h' }),
        message: { text: 'kept', n: 9 },
        trailer: new Metadata({ 'x-tail': 't' }),
      };
      const status = await next(
        call.with(answerKey, () => {
          seen.push('asked');
          return answer;
        }),
      );
      seen.push(status.code, [...status.trailer]);
      return status;
    };
    const checking: Interceptor = (call, next) => {
      const checked = call.mapRequests((request) => {
        if ((request as Probe).n < 0) throw new StatusError(Code.INVALID_ARGUMENT, 'wanted n of 0 or more');
        return request;
      });
      return next(checked.mapResponses((message) => ({ ...(message as Probe), text: 'mapped' })));
    };
    await using probe = await setup(transport, {
      handlers: {
        unary: ({ text, n }) => ({ text, n: n + ++runs }),
        *serverStream({ text, n }) {
          yield { text, n: n + ++runs };
        },
      },
      ...onSide('server', answering, checking),
    });

    const call = probe.client.unary({ text: 'a', n: 1 });

    expect(await call).toEqual({ text: 'mapped', n: 9 });
    expect((await call.header).get('x-head')).toBe('h');
    expect(seen).toEqual(['asked', Code.OK, [['x-tail', 't']]]);
    expect((await probe.client.unary({ text: 'a', n: -1 }).status).code).toBe(Code.INVALID_ARGUMENT);
    expect(seen.filter((what) => what === 'asked')).toHaveLength(1);
    expect(runs).toBe(0);
    for await (const { n } of probe.client.serverStream({ text: 'a', n: 5 })) expect(n).toBe(6);
    expect(runs).toBe(1);
    expect(probe.server.stats.handlers).toBe(0);
  });
});
