import { Code, type Level, type Logger, StatusError, statusFrom } from 'flowrpc';
import { callLevel, logging } from 'flowrpc/interceptors';
import { expect, test } from 'vitest';
import { everyKind, kinds, run, shout, sides } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const transport = transports[0] as TestTransport;

interface Line {
  readonly level: Level;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

function recorder(): { logger: Logger; lines: readonly Line[] } {
  const lines: Line[] = [];
  const log = (level: Level) => (message: string, fields?: object) => {
    lines.push({ level, message, fields: { ...fields } });
  };
  return { lines, logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') } };
}

test.each(sides.flatMap((side) => kinds.map((kind) => [side, kind] as const)))(
  'logging() says one line on the %s for %s',
  async (side, kind) => {
    const { logger, lines } = recorder();
    await using probe = await setup(transport, { handlers: everyKind(shout), ...onSide(side, logging({ logger })) });

    await run(
      probe.client,
      kind,
      { timeoutMs: 5_000, metadata: { 'x-request-id': 'r-1', authorization: 'Bearer canary' } },
      [{ text: 'canary', n: 1 }],
    );

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: side === 'server' ? 'info' : 'debug',
      message: `${side} call ended`,
      fields: {
        method: `/suite.Probe/${kind[0]!.toUpperCase()}${kind.slice(1)}`,
        kind,
        side,
        code: 'OK',
        ms: expect.any(Number),
        peer: 'in-process',
        requestId: 'r-1',
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
        error: undefined,
      },
    });
    const { deadlineMs } = lines[0]!.fields as { deadlineMs: number };
    expect(deadlineMs).toBeGreaterThan(0);
    expect(deadlineMs).toBeLessThanOrEqual(5_000);
    expect(JSON.stringify(lines)).not.toContain('canary');
  },
);

test('logging() says once what a masked error told the caller, and not the error', async () => {
  const { logger, lines } = recorder();
  await using probe = await setup(transport, {
    handlers: everyKind(() => {
      throw new Error('password=canary');
    }),
    ...onSide('server', logging({ logger })),
  });

  await run(probe.client, 'unary');

  expect(lines).toMatchObject([
    { level: 'error', fields: { code: 'UNKNOWN', error: expect.stringContaining('error id') } },
  ]);
  expect(JSON.stringify(lines)).not.toContain('canary');
});

test('logging() cuts what strangers choose', async () => {
  const { logger, lines } = recorder();
  await using probe = await setup(transport, onSide('server', logging({ logger })));

  await probe.channel.call(`/a.B/${'x'.repeat(5_000)}`, new Uint8Array(), {
    metadata: { 'x-request-id': 'y'.repeat(5_000) },
  }).status;

  expect(lines).toMatchObject([{ level: 'error', fields: { code: 'UNIMPLEMENTED', deadlineMs: expect.any(Number) } }]);
  expect((lines[0]!.fields.method as string).length).toBe(128);
  expect((lines[0]!.fields.requestId as string).length).toBe(128);
});

test('logging() takes its own levels and fields', async () => {
  const { logger, lines } = recorder();
  const quiet = logging({
    logger,
    level: ({ code }) => (code === Code.OK ? undefined : 'warn'),
    fields: ({ metadata }) => ({ tenant: metadata.get('x-tenant') }),
  });
  await using probe = await setup(transport, {
    handlers: everyKind((requests, context) => {
      if (context.metadata.has('x-tenant')) throw new StatusError(Code.NOT_FOUND, 'No such tenant');
      return shout(requests, context);
    }),
    ...onSide('server', quiet),
  });

  await run(probe.client, 'unary');
  await run(probe.client, 'unary', { metadata: { 'x-tenant': 't1' } });

  expect(lines).toMatchObject([
    { level: 'warn', fields: { code: 'NOT_FOUND', tenant: 't1', error: 'No such tenant' } },
  ]);
});

test('callLevel() blames the server for its own faults only', () => {
  const level = (code: Code, side: 'client' | 'server') => callLevel(statusFrom(code), { side } as never);

  const server = Object.values(Code).map((code) => level(code, 'server'));
  const client = Object.values(Code).map((code) => level(code, 'client'));

  const [d, i, w, e] = ['debug', 'info', 'warn', 'error'];
  expect(server).toEqual([i, i, e, i, w, i, i, w, w, w, w, w, e, e, w, e, i]);
  expect(client).toEqual([d, d, i, d, i, d, d, i, d, d, d, d, w, w, w, w, i]);
});

test('logging() refuses an option nobody reads', () => {
  expect(() => logging({ loger: undefined } as never)).toThrow('did you mean "logger"?');
});
