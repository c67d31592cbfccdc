import fc from 'fast-check';
import { jsonLogger } from 'flowrpc';
import { expect, test } from 'vitest';

function kept() {
  const lines: string[] = [];
  return { lines, logger: jsonLogger({ level: 'debug', write: (line) => lines.push(line) }) };
}

test('jsonLogger() writes one JSON object a line', () => {
  const { lines, logger } = kept();

  logger.warn('odd "text"\n', { n: 1, nothing: undefined });

  expect(lines).toHaveLength(1);
  expect(lines[0]!.indexOf('\n')).toBe(lines[0]!.length - 1);
  expect(JSON.parse(lines[0]!)).toEqual({ time: expect.any(String), level: 'warn', message: 'odd "text"\n', n: 1 });
});

test('jsonLogger() escapes what a terminal would obey; the line says the same to a reader of JSON', () => {
  const { lines, logger } = kept();
  const hostile = 'clear \u001b[2J \u009b2J, delete \u007f, line\u2028break, \u202eright to left\u2066';

  logger.warn(hostile, { 'key\u009b': hostile });

  expect(lines[0]).toMatch(/^[ -~]+\n$/);
  expect(JSON.parse(lines[0]!)).toMatchObject({ message: hostile, 'key\u009b': hostile });
});

test('jsonLogger() drops lines below its level, and says so', () => {
  const lines: string[] = [];
  const logger = jsonLogger({ level: 'warn', write: (line) => lines.push(line) });

  logger.info('quiet');
  logger.error('loud');

  expect(lines.map((line) => JSON.parse(line).message)).toEqual(['loud']);
  expect([logger.enabled?.('info'), logger.enabled?.('warn')]).toEqual([false, true]);
  expect(() => jsonLogger({ level: 'trace' as never })).toThrow('Cannot log from level "trace": wanted one of debug');
});

test('jsonLogger() tells bigints, bytes and errors in words of JSON', () => {
  const { lines, logger } = kept();

  logger.info('odd', {
    big: 2n ** 64n,
    bytes: new Uint8Array(3),
    nested: { buffer: Buffer.from('canary') },
    error: new RangeError('too far', { cause: new Error('why') }),
  });

  expect(JSON.parse(lines[0]!)).toMatchObject({
    big: '18446744073709551616',
    bytes: '<3 bytes>',
    nested: { buffer: '<6 bytes>' },
    error: { name: 'RangeError', message: 'too far', cause: { message: 'why' } },
  });
});

test('jsonLogger() keeps the fields of a line that can be printed', () => {
  const { lines, logger } = kept();
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const fields = {
    fine: 1,
    circle,
    get trap(): never {
      throw new Error('trap');
    },
  };

  logger.info('odd', fields);

  expect(JSON.parse(lines[0]!)).toMatchObject({ message: 'odd', fine: 1, circle: '<unprintable: TypeError>' });
  expect(JSON.parse(lines[0]!).trap).toBe('<unprintable: Error>');
});

test('jsonLogger() never throws and never writes half a line', () => {
  const { lines, logger } = kept();

  fc.assert(
    fc.property(fc.string(), fc.anything({ withBigInt: true, withNullPrototype: true }), (message, value) => {
      logger.info(message, { value });
      const line = lines.pop()!;
      expect(JSON.parse(line)).toMatchObject({ level: 'info', message });
      expect(line.indexOf('\n')).toBe(line.length - 1);
    }),
  );
});
