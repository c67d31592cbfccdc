import { Writable } from 'node:stream';
import { StatusError } from 'flowrpc';
import { logging, pinoLogger } from 'flowrpc/interceptors';
import { type LoggerOptions, pino } from 'pino';
import { expect, test } from 'vitest';
import { everyKind, run, shout } from '../suites/kinds.ts';
import { onSide, setup, transports } from '../suites/transports.ts';

/** A real pino whose lines are kept. */
function kept(options: LoggerOptions = {}) {
  const lines: Record<string, unknown>[] = [];
  const target = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()));
      done();
    },
  });
  return { lines, logger: pino({ base: null, ...options }, target) };
}

test('pinoLogger() hands lines to pino with its levels, fields first', () => {
  const { lines, logger } = kept({ level: 'debug' });
  const log = pinoLogger(logger);

  for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](`at ${level}`, { n: 1 });
  log.info('alone');

  expect(lines.map(({ level, msg, n }) => [level, msg, n])).toEqual([
    [20, 'at debug', 1],
    [30, 'at info', 1],
    [40, 'at warn', 1],
    [50, 'at error', 1],
    [30, 'alone', undefined],
  ]);
});

test('pinoLogger() puts bindings on each line', () => {
  const { lines, logger } = kept();

  pinoLogger(logger, { component: 'grpc' }).info('bound', { n: 1 });
  pinoLogger(logger.child({ tenant: 't1' })).info('child');

  expect(lines).toMatchObject([
    { component: 'grpc', n: 1, msg: 'bound' },
    { tenant: 't1', msg: 'child' },
  ]);
});

test('pinoLogger() says which levels pino keeps, as they are now', () => {
  const { logger } = kept({ level: 'warn' });
  const log = pinoLogger(logger);

  expect([log.enabled?.('info'), log.enabled?.('warn')]).toEqual([false, true]);
  logger.level = 'debug';
  expect(log.enabled?.('debug')).toBe(true);
});

test('pinoLogger() keeps type, message and stack of an error', () => {
  const { lines, logger } = kept();

  pinoLogger(logger).error('failed', { errorId: 'e1', error: new RangeError('too far') });
  pinoLogger(logger).error('failed', { error: 'only text' });

  expect(lines).toMatchObject([
    { errorId: 'e1', err: { type: 'RangeError', message: 'too far', stack: expect.stringContaining('RangeError') } },
    { error: 'only text' },
  ]);
});

test('pinoLogger() takes what JSON has no word for', () => {
  const { lines, logger } = kept();
  const circle: Record<string, unknown> = {};
  circle.self = circle;

  pinoLogger(logger).info('odd', { big: 1n, circle, bytes: new Uint8Array(2) });

  expect(lines).toMatchObject([{ msg: 'odd', big: 1 }]);
});

test('pinoLogger() carries the lines of logging(), with pino’s own redaction', async () => {
  const { lines, logger } = kept({ redact: ['peer'] });
  await using probe = await setup(transports[0]!, {
    handlers: everyKind((requests, context) => {
      if (context.metadata.has('x-fail')) throw new StatusError(5, 'Nobody');
      return shout(requests, context);
    }),
    ...onSide('server', logging({ logger: pinoLogger(logger, { component: 'grpc' }) })),
  });

  await run(probe.client, 'unary');
  await run(probe.client, 'unary', { metadata: { 'x-fail': '1' } });

  expect(lines).toMatchObject([
    { level: 30, msg: 'server call ended', component: 'grpc', code: 'OK', peer: '[Redacted]' },
    { level: 30, msg: 'server call ended', code: 'NOT_FOUND', error: 'Nobody' },
  ]);
});

test('pinoLogger() refuses what is no pino', () => {
  expect(() => pinoLogger(undefined as never)).toThrow('Cannot log to undefined: wanted a pino logger');
  expect(() => pinoLogger(console as never)).toThrow('wanted a pino logger');
});
