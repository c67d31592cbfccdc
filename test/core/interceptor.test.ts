import fc from 'fast-check';
import {
  Code,
  compose,
  connect,
  createServer,
  except,
  type Interceptor,
  inProcess,
  only,
  type Status,
  StatusError,
  silentLogger,
  statusFrom,
} from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { type Kind, kinds, run } from '../suites/kinds.ts';
import { echo, ProbeService } from '../suites/probe-service.ts';

/** What an interceptor may do, good and bad. */
const acts = [
  'pass',
  'throw',
  'throw null',
  'answer',
  'answer nothing',
  'again',
  'cancel',
  'timeout',
  'drop responses',
  'rethrow late',
] as const;
type Act = (typeof acts)[number];

function acting(act: Act, index: number, log: string[]): Interceptor {
  return async (call, next) => {
    log.push(`>${index}`);
    try {
      if (act === 'throw') throw new StatusError(Code.ABORTED, 'thrown');
      if (act === 'throw null') throw null;
      if (act === 'answer') return statusFrom(Code.NOT_FOUND, 'answered');
      if (act === 'answer nothing') return undefined as unknown as Status;
      if (act === 'again') {
        const again = call.replayable(1_000);
        await next(again.withResponses({ header() {}, message() {} }));
        return await next(again);
      }
      if (act === 'cancel') return await next(call.withSignal(AbortSignal.abort()));
      if (act === 'timeout') return await next(call.withTimeout(0));
      if (act === 'drop responses') return await next(call.withResponses({ message() {} }));
      const status = await next(call);
      if (act === 'rethrow late') throw new StatusError(Code.DATA_LOSS, 'late');
      return status;
    } finally {
      log.push(`<${index}`);
    }
  };
}

describe('chains', () => {
  test('whatever the interceptors do, a call ends once, and they unwind in reverse', async () => {
    const act = fc.constantFrom(...acts);
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { maxLength: 4 }),
        fc.array(act, { maxLength: 4 }),
        fc.constantFrom(...kinds),
        async (client, server, kind: Kind) => {
          const logs: [string[], string[]] = [[], []];
          await using host = createServer({
            logger: silentLogger,
            interceptors: server.map((what, n) => acting(what, n, logs[1])),
          }).add(ProbeService, echo);
          await using channel = connect(inProcess(host), {
            interceptors: client.map((what, n) => acting(what, n, logs[0])),
          });
          let ends = 0;

          const { status, messages } = await run(channel.client(ProbeService), kind);
          ends += 1;

          expect(ends).toBe(1);
          expect(status.code).toBeGreaterThanOrEqual(0);
          for (const log of logs) expect(nested(log)).toBe(true);
          if (status.code === Code.OK && (kind === 'unary' || kind === 'clientStream'))
            expect(messages).toHaveLength(1);
        },
      ),
      { numRuns: 150 },
    );
  });

  test.each([
    ['a path', '/suite.Probe/Unary'],
    ['a path prefix', '/suite.Probe/U*'],
    ['a predicate', ({ name }: { name: string }) => name === 'Unary'],
  ])('only() and except() by %s', async (_name, match) => {
    const log: string[] = [];
    const note =
      (name: string): Interceptor =>
      (call, next) => {
        log.push(`${name} ${call.method.name}`);
        return next(call);
      };
    await using host = createServer({
      logger: silentLogger,
      interceptors: [only(match, note('only')), except(match, note('except'))],
    }).add(ProbeService, echo);
    await using channel = connect(inProcess(host));
    const client = channel.client(ProbeService);

    await run(client, 'unary');
    await run(client, 'bidi');

    expect(log).toEqual(['only Unary', 'except Bidi']);
  });

  test('only() by service, by its name and by a package, spares unknown methods', async () => {
    for (const match of [ProbeService, 'suite.Probe', '/suite.*'] as const) {
      let count = 0;
      const counting: Interceptor = (call, next) => {
        count += 1;
        return next(call);
      };
      await using host = createServer({ logger: silentLogger, interceptors: [only(match, counting)] }).add(
        ProbeService,
        echo,
      );
      await using channel = connect(inProcess(host));

      await run(channel.client(ProbeService), 'unary');
      await channel.call('/no.Such/Method', new Uint8Array()).status;

      expect(count).toBe(1);
    }
  });

  test('compose() is its interceptors in order, at any depth', async () => {
    const log: string[] = [];
    const [a, b, c] = [0, 1, 2].map((index) => acting('pass', index, log)) as [Interceptor, Interceptor, Interceptor];
    await using host = createServer({
      logger: silentLogger,
      interceptors: [
        compose(
          a,
          compose(
            only(() => true, b),
            c,
          ),
          compose(),
        ),
      ],
    }).add(ProbeService, echo);
    await using channel = connect(inProcess(host));

    await run(channel.client(ProbeService), 'unary');

    expect(log).toEqual(['>0', '>1', '>2', '<2', '<1', '<0']);
  });

  test('a scope works where it is called by hand, too', async () => {
    const log: string[] = [];
    const scope = compose(acting('pass', 0, log), acting('pass', 1, log));
    await using host = createServer({ logger: silentLogger, interceptors: [(call, next) => scope(call, next)] }).add(
      ProbeService,
      echo,
    );
    await using channel = connect(inProcess(host));

    const { status } = await run(channel.client(ProbeService), 'unary');

    expect(status.code).toBe(Code.OK);
    expect(log).toEqual(['>0', '>1', '<1', '<0']);
  });

  test('what is no function is refused when the chain is made', () => {
    const wrong = [undefined, null, {}, 'logging'] as unknown as Interceptor[];

    for (const interceptor of wrong) {
      expect(() => createServer({ interceptors: [interceptor] }).add(ProbeService, echo)).toThrow(
        /as an interceptor: wanted a function/,
      );
    }
  });
});

/** True when enters and leaves of a log pair up like brackets. */
function nested(log: readonly string[]): boolean {
  const open: string[] = [];
  for (const entry of log) {
    if (entry.startsWith('>')) open.push(entry.slice(1));
    else if (open.pop() !== entry.slice(1)) return false;
  }
  return open.length === 0;
}

describe('a map that throws', () => {
  test.each(['mapRequests', 'mapResponses'] as const)(
    '%s of a server: what it threw is masked, and reported once',
    async (map) => {
      const reports: object[] = [];
      const leaky: Interceptor = async function leaky(call, next) {
        return next(
          call[map](() => {
            throw new Error('password=canary');
          }),
        );
      };
      const logger = { ...silentLogger, error: (_message: string, fields: object = {}) => reports.push(fields) };
      const server = createServer({ interceptors: [leaky], logger }).add(ProbeService, { unary: (message) => message });
      await using channel = connect(inProcess(server));

      const status = await channel.client(ProbeService).unary({ text: '', n: 0 }).status;

      expect(status.message).toMatch(/^Internal error \(error id \w+\)$/);
      expect(reports).toHaveLength(1);
      expect(reports[0]).toMatchObject({ error: { message: 'password=canary' } });
    },
  );
});
