import fc from 'fast-check';
import { Code, type ErrorCode, retryInfo, StatusError } from 'flowrpc';
import { formatProblems, readSpecs, validateGraph } from 'flowrpc/graph';
import { kinds as builtIn, none } from 'flowrpc/nodes';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ByteStream } from '../../../src/nodes/byte-stream.ts';
import { cutProxy } from '../../graph/cut-proxy.ts';
import { handWritten, mapping, runGraph, to } from '../../graph/run-graph.ts';
import { at, runtime } from '../../graph/runtimes.ts';
import { place, placements } from '../../suites/placements.ts';
import { timers, timersBackTo } from './timers.ts';

/** A node that fails so many times, and then answers. */
function flaky(failures: number, error: () => Error = () => new Error('not yet')) {
  const calls: unknown[] = [];
  const kind = mapping('flaky', (payload) => {
    calls.push(payload);
    if (calls.length <= failures) throw error();
    return `ok ${calls.length}`;
  });
  return { calls, kind };
}

const told = mapping('told', (error: StatusError) => ['told', error.message]);
const specs = (fields: object, ports: object = {}): object[] => [
  { kind: 'retry', name: 'r', delay: 0, ...fields, ports: to({ out: 'f', ...ports }) },
  { kind: 'flaky', name: 'f' },
  { kind: 'told', name: 'told' },
];

describe('retry without delay', () => {
  test('leaves others their turns', async () => {
    const { kind, calls } = flaky(1_000);
    const graph = await runGraph(specs({ attempts: 100 }), [kind, told]);
    let before: number | undefined;
    setImmediate(() => (before = calls.length));

    await expect(graph.call('r', 'x')).rejects.toThrow('not yet');

    expect(calls).toHaveLength(100);
    expect(before).toBeLessThan(10);
  });
});

/** A node of another process that the first so many packets take the connection of. */
async function mortal(deaths: number) {
  const calls: unknown[] = [];
  const kind = mapping('mortal', async (payload) => {
    calls.push(payload);
    if (calls.length > deaths) return `ok ${calls.length}`;
    proxy.cut();
    return await new Promise(() => {});
  });
  const there = await runtime([{ kind: 'mortal', name: 'f' }], [kind]);
  const proxy = await cutProxy(there.address);
  const graph = await runGraph([
    { kind: 'retry', name: 'r', delay: '50ms', attempts: 20, ports: { out: [at(proxy, 'f')] } },
  ]);
  return { calls, graph };
}

test('P-02 retry sends what its receiver dies of twice, and ends with a code that nobody repeats', async () => {
  const { calls, graph } = await mortal(100);

  await expect(graph.call('r', 'x', { timeoutMs: 15_000 })).rejects.toMatchObject({
    code: Code.FAILED_PRECONDITION,
    statusMessage: expect.stringContaining('Sent no more') as string,
  });

  expect(calls).toHaveLength(2);
});

test('retry sends again what was lost once', async () => {
  const { calls, graph } = await mortal(1);

  expect(await graph.call('r', 'x', { timeoutMs: 15_000 })).toBe('ok 2');
  expect(calls).toHaveLength(2);
});

describe.each(placements)('retry: %s edges', (placement) => {
  test('sends what it got, whatever those before made of it', async () => {
    const seen: unknown[] = [];
    const kind = mapping('flaky', (payload: { tries: number[] }) => {
      payload.tries.push(1);
      seen.push(payload.tries.length);
      if (seen.length < 4) throw new Error('not yet');
      return payload;
    });
    const { call } = await place(placement, specs({ attempts: 4 }), { far: ['f'], kinds: [kind, told] });

    expect(await call('r', { tries: [] })).toEqual({ tries: [1] });
    expect(seen).toEqual([1, 1, 1, 1]);
  });

  test('sends its payload again until the reply is no error (#88)', async () => {
    const { kind, calls } = flaky(2);
    const { call } = await place(placement, specs({ threshold: 2 }), { far: ['f'], kinds: [kind, told] });

    expect(await call('r', 'x')).toBe('ok 3');
    expect(calls).toEqual(['x', 'x', 'x']);
  });

  test('with threshold 2 attempts three times and answers with the last error (#88)', async () => {
    let n = 0;
    const { kind, calls } = flaky(9, () => new StatusError(Code.ABORTED, `failure ${++n}`));
    const { call } = await place(placement, specs({ threshold: 2 }), { far: ['f'], kinds: [kind, told] });

    await expect(call('r', 'x')).rejects.toMatchObject({ code: Code.ABORTED, statusMessage: 'failure 3' });
    expect(calls).toHaveLength(3);
  });

  test('sends the last error to `error`, whose reply replaces it', async () => {
    const { kind } = flaky(9);
    const options = { far: ['r'], kinds: [kind, told] };
    const { call } = await place(placement, specs({ attempts: 2 }, { error: 'told' }), options);

    expect(await call('r', 'x')).toEqual(['told', 'UNKNOWN: not yet']);
  });
});

describe.each(placements)('retry that waits: %s edges', (placement) => {
  test('leaves its wait when the run is cancelled, wherever it came from', async () => {
    const { kind, calls } = flaky(99);
    const waiting = [
      { kind: 'try', name: 'start', ports: to({ out: 'r' }) },
      ...specs({ delay: '1h' }, { error: 'told' }),
    ];
    const { call, near, far } = await place(placement, waiting, { far: ['r'], kinds: [kind, told] });
    // The first call opens the connections; its wait would outlive the deadline.
    expect(await call('start', 1, { timeoutMs: 5_000 })).toEqual(['told', 'UNKNOWN: not yet']);
    await expect.poll(() => near.processes.size + far.processes.size).toBe(0);
    const before = timers();
    const stop = new AbortController();

    const cancelled = call('start', 1, { signal: stop.signal, timeoutMs: 10_000_000 });
    await expect.poll(() => calls.length).toBe(2);
    stop.abort();

    await expect(cancelled).rejects.toMatchObject({ code: Code.CANCELLED });
    await expect.poll(() => near.processes.size + far.processes.size).toBe(0);
    await timersBackTo(before);
    expect(calls).toHaveLength(2);
  });
});

describe('retry', () => {
  afterEach(() => vi.useRealTimers());

  test('has three attempts when nothing is said, and none is added to a success (#88)', async () => {
    const failing = flaky(9);
    const fine = flaky(0);

    await expect((await runGraph(specs({}), [failing.kind, told])).call('r', 1)).rejects.toThrow('not yet');
    expect(await (await runGraph(specs({}), [fine.kind, told])).call('r', 1)).toBe('ok 1');
    expect([failing.calls.length, fine.calls.length]).toEqual([3, 1]);
  });

  test('takes no response and null for a success, and an error that arrives for a payload', async () => {
    const graph = await runGraph([
      { kind: 'retry', name: 'r', delay: 0, ports: to({ out: 'n' }) },
      { kind: 'retry', name: 'alone' },
      { kind: 'try', name: 't', ports: to({ out: 'throw', error: 'alone' }) },
      { kind: 'nop', name: 'n' },
      { kind: 'throw', name: 'throw' },
    ]);

    expect(await graph.call('r', 1)).toBe(none);
    expect(await graph.call('alone', null)).toBe(null);
    await expect(graph.call('t', 'boom')).rejects.toThrow('boom');
  });

  test.each([
    ['what may pass', {}, Code.UNAVAILABLE, 3],
    ['what nobody classified', {}, Code.UNKNOWN, 3],
    ['what will not', {}, Code.NOT_FOUND, 1],
    ['a wrong request', {}, Code.INVALID_ARGUMENT, 1],
    ['a code on its list', { codes: ['not_found', 'ABORTED'] }, Code.NOT_FOUND, 3],
    ['a code that is not', { codes: ['NOT_FOUND'] }, Code.UNAVAILABLE, 1],
    ['what a condition holds for', { when: 'self.code == "NOT_FOUND" && self.message == "x"' }, Code.NOT_FOUND, 3],
    ['what it does not', { when: 'self.code != "NOT_FOUND"' }, Code.NOT_FOUND, 1],
    ['what it cannot be asked of', { when: 'self.nope.deep == 1' }, Code.UNAVAILABLE, 1],
    ['as long as it says', { when: 'self.attempt < 2' }, Code.NOT_FOUND, 2],
  ])('decides whether to repeat %s', async (_, fields, code, attempts) => {
    const { kind, calls } = flaky(9, () => new StatusError(code as ErrorCode, 'x'));
    const graph = await runGraph(specs(fields), [kind, told]);

    await expect(graph.call('r', 1)).rejects.toMatchObject({ code, statusMessage: 'x' });
    expect(calls).toHaveLength(attempts);
  });

  /** When each attempt began, with the clock turned on as soon as a wait begins. */
  async function attemptTimes(fields: object, error?: () => Error): Promise<number[]> {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const began: number[] = [];
    const start = Date.now();
    const failing = mapping('flaky', () => {
      began.push(Date.now() - start);
      throw error?.() ?? new Error('not yet');
    });
    const graph = await runGraph(specs({ delay: undefined, ...fields }).map(withoutUndefined), [failing, told]);
    const call = graph.call('r', 1, { timeoutMs: 3_600_000 }).catch(() => {});
    await vi.advanceTimersByTimeAsync(3_000_000);
    await call;
    return began;
  }

  test('waits for its delay, the same each time', async () => {
    expect(await attemptTimes({ attempts: 4, delay: '1s' })).toEqual([0, 1_000, 2_000, 3_000]);
  });

  test('waits longer each time by its backoff', async () => {
    const backoff = { initial: '100ms', factor: 3, max: '500ms', jitter: 0 };

    expect(await attemptTimes({ attempts: 5, backoff })).toEqual([0, 100, 400, 900, 1_400]);
  });

  test('spreads its waits by chance, and begins with 50 ms', async () => {
    const times = await attemptTimes({ attempts: 2 });

    expect(times[1]).toBeGreaterThanOrEqual(39);
    expect(times[1]).toBeLessThanOrEqual(61);
  });

  test('waits as long as whoever failed asks for', async () => {
    const details = [retryInfo({ retryDelay: { seconds: 7n, nanos: 0 } })];
    const asks = (): Error => new StatusError(Code.UNAVAILABLE, 'later', { details });

    expect(await attemptTimes({ attempts: 2, delay: '1s' }, asks)).toEqual([0, 7_000]);
    expect(await attemptTimes({ attempts: 2, delay: '8s' }, asks)).toEqual([0, 8_000]);
  });

  test('begins no wait that would outlive the deadline: the error comes at once', async () => {
    const { kind, calls } = flaky(9);
    const graph = await runGraph(specs({ delay: '1h' }, { error: 'told' }), [kind, told]);

    expect(await graph.call('r', 1, { timeoutMs: 60_000 })).toEqual(['told', 'UNKNOWN: not yet']);
    expect(calls).toHaveLength(1);
  });

  test('leaves its wait when the run is cancelled: no attempt and no timer stay', async () => {
    const { kind, calls } = flaky(9);
    const graph = await runGraph(specs({ delay: '1h' }, { error: 'told' }), [kind, told]);
    const before = timers();
    const stop = new AbortController();

    const call = graph.call('r', 1, { signal: stop.signal, timeoutMs: 10_000_000 });
    await expect.poll(() => calls.length).toBe(1);
    stop.abort();

    await expect(call).rejects.toMatchObject({ code: Code.CANCELLED });
    await expect.poll(() => graph.processes.size).toBe(0);
    await timersBackTo(before);
    expect(calls).toHaveLength(1);
  });

  test('does not repeat what failed because the run is over', async () => {
    let calls = 0;
    const waits = handWritten('flaky', (_packet, { signal }) => {
      calls += 1;
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('gave up'))));
    });
    const graph = await runGraph(specs({}), [waits, told]);

    await expect(graph.call('r', 1, { timeoutMs: 30 })).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    await expect.poll(() => graph.processes.size).toBe(0);
    expect(calls).toBe(1);
  });

  test('repeats what an edge gave too little time', async () => {
    let calls = 0;
    const hangs = handWritten('flaky', ({ payload }, { signal }) =>
      ++calls < 3 ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) : payload,
    );
    const graph = await runGraph(
      [
        { kind: 'retry', name: 'r', delay: 0, ports: { out: [{ name: 'f', port: 'in', timeout: '20ms' }] } },
        { kind: 'flaky', name: 'f' },
      ],
      [hangs],
    );

    expect(await graph.call('r', 'x')).toBe('x');
    expect(calls).toBe(3);
  });

  test('repeats what an edge gave too little time, though the handler takes no notice of it', async () => {
    let calls = 0;
    const hangs = handWritten('flaky', ({ payload }) => (++calls < 3 ? new Promise(() => {}) : payload));
    const graph = await runGraph(
      [
        { kind: 'retry', name: 'r', delay: 0, ports: { out: [{ name: 'f', port: 'in', timeout: '20ms' }] } },
        { kind: 'flaky', name: 'f' },
      ],
      [hangs],
    );

    expect(await graph.call('r', 'x')).toBe('x');
    expect(calls).toBe(3);
    expect(graph.processes.size).toBe(0);
  });

  test('does not repeat a payload whose bytes were read already (#17)', async () => {
    let calls = 0;
    const reads = mapping('flaky', async (payload: { read: boolean; body: ByteStream }) => {
      calls += 1;
      if (payload.read) await payload.body.bytes();
      throw new Error('not yet');
    });
    const graph = await runGraph(specs({}), [reads, told]);
    async function* bytes(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array([1]);
    }

    await expect(graph.call('r', { read: true, body: new ByteStream(bytes()) })).rejects.toThrow('not yet');
    expect(calls).toBe(1);
    await expect(graph.call('r', { read: false, body: new ByteStream(bytes()) })).rejects.toThrow('not yet');
    expect(calls).toBe(4);
  });

  test('makes as many attempts as it takes, and no more than it may (#88)', async () => {
    let [failures, calls] = [0, 0];
    const kind = mapping('flaky', () => {
      if (++calls <= failures) throw new Error('not yet');
      return 'ok';
    });
    const graphs = await Promise.all(
      Array.from({ length: 8 }, (_, threshold) => runGraph(specs({ threshold }), [kind, told])),
    );

    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 7 }), fc.nat({ max: 10 }), async (threshold, failing) => {
        [failures, calls] = [failing, 0];
        const reply = await graphs[threshold]!.call('r', 1).catch(() => 'failed');
        expect(reply).toBe(failing <= threshold ? 'ok' : 'failed');
        expect(calls).toBe(Math.min(failing, threshold) + 1);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    [{ attempts: 0 }, '"attempts": wanted a whole number from 1 to 100'],
    [{ threshold: -1 }, '"threshold": wanted a whole number from 0 to 99'],
    [{ attempts: 3, threshold: 2 }, '"threshold": there is "attempts" already'],
    [{ delay: '1s', backoff: {} }, '"backoff": there is "delay" already'],
    [{ codes: ['ABORTED'], when: 'true' }, '"when": there is "codes" already'],
    [{ delay: 'soon' }, '"delay": wanted a duration'],
    [{ backoff: { factor: 0.5 } }, '"backoff": factor: wanted a number from 1 to 10'],
    [{ backoff: { jitter: 2 } }, '"backoff": jitter: wanted a share from 0 to 1'],
    [{ backoff: { start: 1 } }, '"backoff": wanted a mapping such as'],
    [{ codes: [] }, '"codes": wanted a list of status codes'],
    [{ codes: ['OK'] }, '"codes": wanted a list of status codes'],
    [{ codes: ['NOPE'] }, '"codes": wanted a list of status codes'],
    [{ delya: 1 }, 'unknown field "delya", did you mean "delay"?'],
  ])('refuses %j', (fields, message) => {
    const { specs } = readSpecs([{ kind: 'retry', name: 'r', ...fields }]);

    expect(formatProblems(validateGraph(specs, { kinds: builtIn }))).toContain(message);
  });
});

function withoutUndefined(spec: object): object {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));
}
