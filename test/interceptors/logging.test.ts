import { Code, type Level, type Logger, StatusError, statusFrom } from 'flowrpc';
import { callLevel, logging, retry } from 'flowrpc/interceptors';
import { expect, test } from 'vitest';
import { everyKind, kinds, run, shout, sides } from '../suites/kinds.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';
import { watchProcess } from './watch-process.ts';

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
        attempts: undefined,
        sentMessages: 1,
        receivedMessages: 1,
        sentBytes: expect.any(Number),
        receivedBytes: expect.any(Number),
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
  expect(lines[0]!.fields.requestId).toBeUndefined();
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

test('logging() tells bytes and messages of a stream, each side from its own view', async () => {
  const server = recorder();
  const client = recorder();
  await using probe = await setup(transports.find(({ name }) => name === 'grpc tcp')!, {
    handlers: everyKind(shout),
    server: { interceptors: [logging({ logger: server.logger })] },
    client: { interceptors: [logging({ logger: client.logger })] },
  });

  await run(probe.client, 'bidi');

  await expect.poll(() => server.lines).toHaveLength(1);
  const [heard] = server.lines.map(({ fields }) => fields);
  const [said] = client.lines.map(({ fields }) => fields);
  expect(said).toMatchObject({ sentMessages: 2, receivedMessages: 2 });
  expect(heard).toMatchObject({
    sentMessages: 2,
    receivedMessages: 2,
    sentBytes: said!.receivedBytes,
    receivedBytes: said!.sentBytes,
  });
  expect(said!.sentBytes).toBeGreaterThan(0);
});

test('logging() tells how many attempts a call took', async () => {
  const { logger, lines } = recorder();
  let calls = 0;
  await using probe = await setup(transport, {
    handlers: everyKind((requests, context) => {
      calls += 1;
      if (calls < 3) throw new StatusError(Code.UNAVAILABLE, 'Not yet');
      return shout(requests, context);
    }),
    ...onSide('client', logging({ logger }), retry({ nonIdempotent: true, baseDelayMs: 1 })),
  });

  await run(probe.client, 'unary');
  await run(probe.client, 'unary');

  expect(lines.map(({ fields }) => [fields.code, fields.attempts])).toEqual([
    ['OK', 3],
    ['OK', undefined],
  ]);
});

test('logging() tells streams when they start, if asked to', async () => {
  const { logger, lines } = recorder();
  await using probe = await setup(transport, {
    handlers: everyKind(shout),
    ...onSide('server', logging({ logger, started: true })),
  });

  await run(probe.client, 'unary');
  await run(probe.client, 'serverStream');

  expect(lines.map(({ level, message, fields }) => [level, message, fields.kind, fields.code])).toEqual([
    ['info', 'server call ended', 'unary', 'OK'],
    ['info', 'server call started', 'serverStream', undefined],
    ['info', 'server call ended', 'serverStream', 'OK'],
  ]);
});

test('logging() speaks as go-grpc-middleware does', async () => {
  const { logger, lines } = recorder();
  await using probe = await setup(transport, {
    handlers: everyKind(() => {
      throw new StatusError(Code.DEADLINE_EXCEEDED, 'Too slow');
    }),
    ...onSide('server', logging({ logger, dialect: 'go-grpc-middleware' })),
  });

  await run(probe.client, 'serverStream', { timeoutMs: 5_000, metadata: { 'x-request-id': 'r-1' } });

  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(lines).toMatchObject([
    {
      level: 'warn',
      message: 'finished call',
      fields: {
        protocol: 'grpc',
        'grpc.component': 'server',
        'grpc.service': 'suite.Probe',
        'grpc.method': 'ServerStream',
        'grpc.method_type': 'server_stream',
        'grpc.start_time': time,
        'grpc.request.deadline': time,
        'grpc.code': 'DeadlineExceeded',
        'grpc.time_ms': expect.any(Number),
        'grpc.error': 'Too slow',
        'peer.address': 'in-process',
        request_id: 'r-1',
      },
    },
  ]);
});

test('logging() spells codes in the go dialect as Go does', async () => {
  const { logger, lines } = recorder();
  const codes = Object.values(Code);
  let next = 0;
  await using probe = await setup(transport, {
    handlers: everyKind((requests, context) => {
      const code = codes[next]!;
      next += 1;
      if (code !== Code.OK) throw new StatusError(code);
      return shout(requests, context);
    }),
    ...onSide('server', logging({ logger, dialect: 'go-grpc-middleware' })),
  });

  for (const _ of codes) await run(probe.client, 'unary');

  expect(lines.map(({ fields }) => fields['grpc.code']).join(' ')).toBe(
    'OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied ResourceExhausted ' +
      'FailedPrecondition Aborted OutOfRange Unimplemented Internal Unavailable DataLoss Unauthenticated',
  );
});

test('logging() shows metadata where asked to, and never credentials', async () => {
  const { logger, lines } = recorder();
  const secrets = {
    authorization: 'Bearer canary',
    'proxy-authorization': 'canary',
    cookie: 'canary',
    'x-api-key': 'canary',
    'x-auth-token': 'canary',
    'x-amz-security-token': 'canary',
    'client-secret': 'canary',
    'x-internal': 'canary',
    'x-data-bin': new TextEncoder().encode('canary'),
  };
  await using probe = await setup(transport, {
    handlers: everyKind(shout),
    server: {
      interceptors: [
        logging({ logger, metadata: true, denyMetadata: ['X-Internal'] }),
        logging({ logger, metadata: ['x-tenant', 'Authorization', 'x-none'] }),
      ],
    },
  });

  await run(probe.client, 'unary', { metadata: { 'x-tenant': ['t1', 't2'], ...secrets } });

  const [some, all] = lines.map(({ fields }) => fields.metadata);
  expect(all).toMatchObject({
    'x-tenant': 't1,t2',
    ...Object.fromEntries(Object.keys(secrets).map((key) => [key, '<redacted>'])),
  });
  expect(some).toEqual({ 'x-tenant': 't1,t2', authorization: '<redacted>' });
  expect(JSON.stringify(lines)).not.toContain('canary');
});

test.each([
  ['x-otp', true],
  ['totp-code', true],
  ['x-bearer', true],
  ['x-csrf', true],
  ['x-xsrf-value', true],
  ['ssn', true],
  ['sig', true],
  ['x-sig', true],
  ['x_hub.sig', true],
  ['pin', true],
  ['card-pin', true],
  ['signal', false],
  ['x-pinned', false],
  ['shipping', false],
  ['design', false],
])('logging() hides the value of %s: %s', async (key, hidden) => {
  const { logger, lines } = recorder();
  await using probe = await setup(transport, {
    handlers: everyKind(shout),
    ...onSide('server', logging({ logger, metadata: [key] })),
  });

  await run(probe.client, 'unary', { metadata: { [key]: 'canary' } });

  expect(lines[0]!.fields.metadata).toEqual({ [key]: hidden ? '<redacted>' : 'canary' });
});

test('logging() bounds the metadata it shows', async () => {
  const { logger, lines } = recorder();
  await using probe = await setup(transport, {
    handlers: everyKind(shout),
    ...onSide('server', logging({ logger, metadata: true })),
  });
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`x-${i}`, 'v']));

  await run(probe.client, 'unary', { metadata: { 'x-long': 'y'.repeat(1_000), ...many } });

  const shown = lines[0]!.fields.metadata as Record<string, string>;
  expect(Object.keys(shown)).toHaveLength(32);
  expect(shown['x-long']).toBe('y'.repeat(256));
});

test('logging() never changes how a call ends, whatever goes wrong with the line', async () => {
  const { logger, lines } = recorder();
  const broken = (): never => {
    throw new Error('broken');
  };
  const dead: Logger = { debug: broken, info: broken, warn: broken, error: broken };
  await using probe = await setup(transport, {
    handlers: everyKind(shout),
    server: { interceptors: [logging({ logger, fields: broken }), logging({ logger, level: broken })] },
    client: { interceptors: [logging({ logger: dead, started: true, payloads: true })] },
  });

  for (const kind of kinds) expect((await run(probe.client, kind)).status.code).toBe(Code.OK);

  expect(lines).toHaveLength(8);
  expect(lines[0]).toMatchObject({ level: 'error', fields: { error: new Error('broken') } });
});

test('logging() outlives callbacks and loggers whose promises reject', async () => {
  const { warnings, strays, stop } = watchProcess();
  const { logger, lines } = recorder();
  const broken = (async () => {
    throw new Error('later');
  }) as () => never;
  const dead: Logger = { debug: broken, info: broken, warn: broken, error: broken };
  const inner = [
    logging({ logger, fields: broken }),
    logging({ logger, level: broken }),
    logging({ logger, payloads: true, level: () => undefined, redactPayload: broken }),
  ];
  {
    await using probe = await setup(transport, {
      handlers: everyKind(shout),
      server: { interceptors: inner },
      client: { interceptors: [logging({ logger: dead, started: true, payloads: true })] },
    });

    for (const kind of kinds) expect((await run(probe.client, kind)).status.code).toBe(Code.OK);
  }

  await expect.poll(() => new Set(warnings).size).toBe(4);
  stop();
  expect(strays).toEqual([]);
  expect([...new Set(warnings)].toSorted()).toEqual([
    'The logger of logging() failed: later',
    'fields of logging() failed: later',
    'level of logging() failed: later',
    'redactPayload of logging() failed: later',
  ]);
  expect(lines).toHaveLength(8);
  expect(lines[0]).toMatchObject({
    level: 'error',
    fields: { error: { message: expect.stringContaining('wanted its value at once') } },
  });
});

test('logging() makes no line for a level that is dropped', async () => {
  const { logger, lines } = recorder();
  let asked = 0;
  const fields = () => ({ asked: ++asked });
  const warnings = { ...logger, enabled: (level: Level) => level === 'warn' || level === 'error' };
  await using probe = await setup(transport, {
    handlers: everyKind(shout),
    ...onSide('server', logging({ logger: warnings, fields })),
  });

  await run(probe.client, 'unary');

  expect(lines).toEqual([]);
  expect(asked).toBe(0);
});

test('logging() refuses options that make no sense', () => {
  expect(() => logging({ dialect: 'go' as never })).toThrow(
    'Cannot log in dialect "go": wanted "flowrpc" or "go-grpc-middleware"',
  );
  expect(() => logging({ maxPayloadLength: 0 })).toThrow('Cannot log payloads of 0 characters');
  expect(() => logging({ payloads: { servce: 'a' } as never })).toThrow('did you mean "service"?');
});
