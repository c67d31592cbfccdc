import { Code, connect, createServer, type Interceptor, inProcess, type Logger, silentLogger } from 'flowrpc';
import { clientDefaults, serverDefaults } from 'flowrpc/interceptors';
import { describe, expect, test } from 'vitest';
import { interceptorSuite } from '../suites/interceptor.ts';
import { ProbeService } from '../suites/probe-service.ts';
import { transports } from '../suites/transports.ts';

const logger = silentLogger;
const edges = { transports: transports.filter(({ name }) => name === 'in-process copy' || name === 'grpc tcp') };

interceptorSuite(
  'serverDefaults()',
  () => serverDefaults({ logging: { logger }, deadline: 60_000, requestId: false }),
  edges,
);
interceptorSuite(
  'clientDefaults()',
  () =>
    clientDefaults({ requestId: false, logging: { logger }, circuitBreaker: true, retry: { codes: [Code.ABORTED] } }),
  edges,
);

const seen: string[] = [];
const note = (name: string): Interceptor =>
  async function note(call, next) {
    seen.push(name);
    return next(call);
  };

async function order(...interceptors: readonly [client: Interceptor[], server: Interceptor[]]): Promise<string[]> {
  seen.length = 0;
  const server = createServer({ interceptors: interceptors[1], logger }).add(ProbeService, {
    unary: (message) => message,
  });
  await using channel = connect(inProcess(server), { interceptors: interceptors[0] });
  await channel.client(ProbeService).unary({ text: '', n: 0 });
  return [...seen];
}

describe('serverDefaults()', () => {
  test('puts what it is given into the recommended order, whatever order it is named in', async () => {
    const names = [
      'validation',
      'auth',
      'logging',
      'authz',
      'dedupe',
      'tracing',
      'loadShed',
      'metrics',
      'rateLimit',
      'errors',
      'deadline',
    ] as const;
    const chain = serverDefaults(Object.fromEntries(names.map((name) => [name, note(name)])));

    expect(await order([], [chain])).toEqual([
      'tracing',
      'metrics',
      'logging',
      'errors',
      'loadShed',
      'rateLimit',
      'auth',
      'authz',
      'dedupe',
      'deadline',
      'validation',
    ]);
  });

  test('gives a request id, and a line for each call, without being asked', async () => {
    const lines: object[] = [];
    const lineLogger: Logger = { ...silentLogger, info: (_message, fields = {}) => lines.push(fields) };
    const server = createServer({ interceptors: [serverDefaults({ logging: { logger: lineLogger } })], logger }).add(
      ProbeService,
      { unary: (message) => message },
    );
    await using channel = connect(inProcess(server));

    const call = channel.client(ProbeService).unary({ text: '', n: 0 });
    await call;
    const header = await call.header;

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ method: '/suite.Probe/Unary', code: 'OK', requestId: header.get('x-request-id') });
  });

  test('takes several for one place, and leaves out what is false', async () => {
    const chain = serverDefaults({
      tracing: false,
      logging: false,
      requestId: false,
      auth: [note('first'), note('second')],
    });

    expect(await order([], [chain])).toEqual(['first', 'second']);
  });

  test('refuses names it does not know, and options where an interceptor is wanted', () => {
    expect(() => serverDefaults({ loging: true } as never)).toThrow('did you mean "logging"');
    expect(() => serverDefaults({ auth: true } as never)).toThrow(
      'Cannot use auth of serverDefaults: wanted an interceptor',
    );
    expect(() => serverDefaults({ deadline: { defaultMs: -1 } })).toThrow('defaultMs -1');
  });
});

describe('clientDefaults()', () => {
  test('puts what it is given into the recommended order', async () => {
    const names = [
      'credentials',
      'retry',
      'deadline',
      'logging',
      'circuitBreaker',
      'metrics',
      'tracing',
      'requestId',
    ] as const;
    const chain = clientDefaults(Object.fromEntries(names.map((name) => [name, note(name)])));

    expect(await order([chain], [])).toEqual([
      'requestId',
      'tracing',
      'metrics',
      'logging',
      'deadline',
      'retry',
      'circuitBreaker',
      'credentials',
    ]);
  });

  test('has hedging or retry, not both', () => {
    expect(() => clientDefaults({ hedging: true, retry: true })).toThrow('both hedging and retry');
    expect(() => clientDefaults({ hedging: true })).not.toThrow();
  });
});
