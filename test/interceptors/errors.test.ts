import fc from 'fast-check';
import {
  BadRequest,
  badRequest,
  Code,
  connect,
  createServer,
  type ErrorCode,
  ErrorInfo,
  errorInfo,
  findDetail,
  inProcess,
  type Logger,
  type Status,
  StatusError,
  silentLogger,
} from 'flowrpc';
import { type ErrorMapping, type ErrorsOf, errors, errorTable, logging, mapError } from 'flowrpc/interceptors';
import { describe, expect, onTestFinished, test } from 'vitest';
import { handWritten, runGraph } from '../graph/run-graph.ts';
import { type AnyCall, everyKind, kinds, outcome, run, sides, start } from '../suites/kinds.ts';
import { ProbeService } from '../suites/probe-service.ts';
import { setup, transports } from '../suites/transports.ts';

const domain = 'users.example.com';

class UserError extends Error {}
class UserNotFound extends UserError {
  readonly id: string;
  constructor(id: string) {
    super(`No user ${id}`);
    this.id = id;
  }
}
class NameTaken extends UserError {}

const userNotFound = mapError(UserNotFound, {
  code: Code.NOT_FOUND,
  reason: 'USER_NOT_FOUND',
  domain,
  metadata: ({ id }) => ({ id }),
  make: ({ metadata }) => new UserNotFound(metadata.id ?? ''),
});
const nameTaken = mapError(NameTaken, {
  code: Code.ALREADY_EXISTS,
  reason: 'NAME_TAKEN',
  domain,
  details: () => [badRequest({ fieldViolations: [{ field: 'name', description: 'is taken' }] })],
  make: ({ message }) => new NameTaken(message),
});

function throwing(thrown: unknown) {
  return everyKind(() => {
    throw thrown;
  });
}

/** What waiting for a call ends with. */
async function rejection(call: AnyCall): Promise<unknown> {
  try {
    if ('then' in call) await call;
    else for await (const _ of call);
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}

function recorder(): { logger: Logger; lines: object[] } {
  const lines: object[] = [];
  const log = (_: string, fields: object = {}) => void lines.push(fields);
  return { lines, logger: { debug: log, info: log, warn: log, error: log } };
}

describe('errors() on servers', () => {
  test.each(transports)('makes statuses with details of domain errors, $name', async (transport) => {
    await using probe = await setup(transport, {
      handlers: throwing(new UserNotFound('ada')),
      server: { interceptors: [errors(userNotFound)] },
    });

    for (const kind of kinds) {
      const { status } = await run(probe.client, kind);

      expect(status).toMatchObject({ code: Code.NOT_FOUND, message: 'No user ada', origin: 'peer' });
      expect(findDetail(status, ErrorInfo)).toEqual({ reason: 'USER_NOT_FOUND', domain, metadata: { id: 'ada' } });
    }
  });

  test('adds the details of a row', async () => {
    await using probe = await setup(transports[0]!, {
      handlers: throwing(new NameTaken('Taken')),
      server: { interceptors: [errors(nameTaken)] },
    });

    const { status } = await run(probe.client, 'unary');

    expect(findDetail(status, BadRequest)?.fieldViolations).toMatchObject([{ field: 'name', description: 'is taken' }]);
  });

  test('keeps what they know out of the log of unknown failures, and other errors in it', async () => {
    const { logger, lines } = recorder();
    let thrown: unknown = new UserNotFound('ada');
    await using probe = await setup(transports[0]!, {
      handlers: everyKind(() => {
        throw thrown;
      }),
      server: { logger, interceptors: [errors(userNotFound)] },
    });

    await run(probe.client, 'unary');
    expect(lines).toEqual([]);
    thrown = new Error('canary');
    const { status } = await run(probe.client, 'unary');

    expect(status).toMatchObject({ code: Code.UNKNOWN, message: expect.stringContaining('error id') });
    expect(lines).toMatchObject([{ errorId: expect.any(String), error: thrown }]);
  });

  test('gives the domain error to interceptors further out as the cause', async () => {
    const causes: unknown[] = [];
    const error = new UserNotFound('ada');
    await using probe = await setup(transports[0]!, {
      handlers: throwing(error),
      server: {
        interceptors: [
          async function witness(call, next): Promise<Status> {
            const status = await next(call);
            causes.push(status.cause);
            return status;
          },
          errors(userNotFound),
        ],
      },
    });

    const { status } = await run(probe.client, 'unary');

    expect(causes).toEqual([error]);
    expect(status.cause).toBeUndefined();
  });

  test('takes what an interceptor further in throws', async () => {
    await using probe = await setup(transports[0]!, {
      server: {
        interceptors: [
          errors(userNotFound),
          async function strict(): Promise<Status> {
            throw new UserNotFound('eve');
          },
        ],
      },
    });

    expect((await run(probe.client, 'bidi')).status).toMatchObject({ code: Code.NOT_FOUND, message: 'No user eve' });
  });

  test.each(kinds)('takes what a map of %s calls throws', async (kind) => {
    const { logger, lines } = recorder();
    await using probe = await setup(transports[0]!, {
      server: {
        logger,
        interceptors: [
          errors(userNotFound),
          async function strict(call, next): Promise<Status> {
            return next(
              call.mapRequests(() => {
                throw new UserNotFound('eve');
              }),
            );
          },
        ],
      },
    });

    const { status } = await run(probe.client, kind);

    expect(status).toMatchObject({ code: Code.NOT_FOUND, message: 'No user eve' });
    expect(lines).toEqual([]);
  });

  test('asks the innermost table first, then those around it', async () => {
    const outer = mapError(UserError, { code: Code.INTERNAL, reason: 'USER_ERROR', domain });
    let thrown: Error = new UserNotFound('ada');
    await using probe = await setup(transports[0]!, {
      handlers: everyKind(() => {
        throw thrown;
      }),
      server: { interceptors: [errors(outer), errors(userNotFound)] },
    });

    const first = await run(probe.client, 'unary');
    thrown = new NameTaken('Taken');
    const second = await run(probe.client, 'unary');

    expect([first.status.code, second.status.code]).toEqual([Code.NOT_FOUND, Code.INTERNAL]);
  });

  test('knows errors by a predicate', async () => {
    const isMissing = (thrown: unknown): thrown is { code: 'ENOENT' } =>
      (thrown as { code?: unknown } | undefined)?.code === 'ENOENT';
    const missing = mapError(isMissing, {
      code: Code.NOT_FOUND,
      reason: 'FILE_MISSING',
      domain,
      message: () => 'No such file',
    });
    await using probe = await setup(transports[0]!, {
      handlers: throwing(Object.assign(new Error('/secret/path'), { code: 'ENOENT' })),
      server: { interceptors: [errors(missing)] },
    });

    expect((await run(probe.client, 'unary')).status).toMatchObject({ code: Code.NOT_FOUND, message: 'No such file' });
  });

  test('masks and logs an error whose row fails, with both texts', async () => {
    const { logger, lines } = recorder();
    const broken = mapError(UserNotFound, {
      code: Code.NOT_FOUND,
      reason: 'USER_NOT_FOUND',
      domain,
      metadata: () => ({ id: 7 as never }),
    });
    await using probe = await setup(transports[0]!, {
      handlers: throwing(new UserNotFound('ada')),
      server: { logger, interceptors: [errors(broken)] },
    });

    const { status } = await run(probe.client, 'unary');

    expect(status).toMatchObject({ code: Code.UNKNOWN, message: expect.stringContaining('error id') });
    expect(lines).toMatchObject([
      { error: { message: expect.stringContaining('Cannot make a status of UserNotFound'), cause: { id: 'ada' } } },
    ]);
  });

  test('covers the nodes of a graph as they are #141', async () => {
    const fail = handWritten('fail', () => {
      throw new UserNotFound('ada');
    });
    const relay = handWritten('relay', async (packet, { send }) => (await send('out', packet)).reply);
    const server = createServer({ logger: silentLogger, interceptors: [errors(userNotFound)] });
    const nodes = [
      { kind: 'relay', name: 'a', ports: { out: [{ name: 'b', port: 'in' }] } },
      { kind: 'fail', name: 'b' },
    ];
    await runGraph(nodes, [fail, relay], { server });
    const channel = connect(inProcess(server), { interceptors: [errors(userNotFound)] });
    onTestFinished(async () => {
      await channel.close();
      await server.close({ graceMs: 50 });
    });

    for (const name of ['default.a', 'default.b']) {
      const client = channel.client(server.services.get(name)!) as unknown as Record<
        string,
        (input: unknown) => Promise<unknown>
      >;
      await expect(client.in!('hi')).rejects.toMatchObject({ constructor: UserNotFound, id: 'ada' });
    }
  });
});

describe('errors() on clients', () => {
  test.each(transports)('makes domain errors of statuses, whose cause is the StatusError, $name', async (transport) => {
    await using probe = await setup(transport, {
      handlers: throwing(new UserNotFound('ada')),
      server: { interceptors: [errors(userNotFound)] },
      client: { interceptors: [errors(userNotFound)] },
    });

    for (const kind of kinds) {
      const call = start(probe.client, kind);
      const error = await rejection(call);

      expect(error).toBeInstanceOf(UserNotFound);
      expect(error).toMatchObject({ id: 'ada', message: 'No user ada' });
      const { cause } = error as UserNotFound;
      expect(cause).toBeInstanceOf(StatusError);
      expect(cause).toMatchObject({ code: Code.NOT_FOUND, path: expect.stringContaining('/suite.Probe/') });
      expect((await call.status).code).toBe(Code.NOT_FOUND);
    }
  });

  test('leaves statuses alone that stand for something else', async () => {
    const made: StatusError[] = [
      new StatusError(Code.NOT_FOUND, 'plain'),
      new StatusError(Code.INTERNAL, 'other code', { details: [errorInfo({ reason: 'USER_NOT_FOUND', domain })] }),
      new StatusError(Code.NOT_FOUND, 'other domain', {
        details: [errorInfo({ reason: 'USER_NOT_FOUND', domain: 'evil.example.com' })],
      }),
      new StatusError(Code.NOT_FOUND, 'other reason', { details: [errorInfo({ reason: 'GONE', domain })] }),
    ];
    for (const error of made) {
      await using probe = await setup(transports[0]!, {
        handlers: throwing(error),
        client: { interceptors: [errors(userNotFound)] },
      });

      const thrown = await rejection(start(probe.client, 'unary'));

      expect(thrown).toBeInstanceOf(StatusError);
      expect(thrown).toMatchObject({ code: error.code, statusMessage: error.statusMessage });
    }
  });

  test('rejects with what a row throws while it makes the error', async () => {
    const strict = mapError(UserNotFound, {
      code: Code.NOT_FOUND,
      reason: 'USER_NOT_FOUND',
      domain,
      make() {
        throw new TypeError('broken row');
      },
    });
    await using probe = await setup(transports[0]!, {
      handlers: throwing(new UserNotFound('ada')),
      server: { interceptors: [errors(userNotFound)] },
      client: { interceptors: [errors(strict)] },
    });

    const error = await rejection(start(probe.client, 'unary'));

    expect(error).toMatchObject({ message: 'broken row', cause: { code: Code.NOT_FOUND } });
  });

  test('takes mappings of other conventions, and keeps a cause that is there', async () => {
    const cause = new Error('own');
    const timeout: ErrorMapping<RangeError> = {
      name: 'timeout',
      matches: (thrown): thrown is RangeError => thrown instanceof RangeError,
      toStatus: ({ message }) => new StatusError(Code.OUT_OF_RANGE, message),
      fromStatus: ({ code, statusMessage }) =>
        code === Code.OUT_OF_RANGE ? Object.freeze(new RangeError(statusMessage, { cause })) : undefined,
    };
    await using probe = await setup(transports[0]!, {
      handlers: throwing(new RangeError('too far')),
      server: { interceptors: [errors(timeout)] },
      client: { interceptors: [errors(timeout)] },
    });

    expect(await rejection(start(probe.client, 'serverStream'))).toMatchObject({ message: 'too far', cause });
  });

  test('stays out of what logging() and other interceptors see', async () => {
    const { logger, lines } = recorder();
    await using probe = await setup(transports[0]!, {
      handlers: throwing(new UserNotFound('ada')),
      server: { interceptors: [errors(userNotFound)] },
      client: { interceptors: [logging({ logger }), errors(userNotFound)] },
    });

    expect(await rejection(start(probe.client, 'unary'))).toBeInstanceOf(UserNotFound);

    expect(lines).toMatchObject([{ code: 'NOT_FOUND', error: 'No user ada' }]);
  });
});

describe('errorTable()', () => {
  const table = errorTable(ProbeService, { unary: [userNotFound], bidi: [userNotFound, nameTaken] });

  test.each(sides)('maps errors of its methods only, on the %s', async (side) => {
    await using probe = await setup(transports[0]!, {
      handlers: throwing(new UserNotFound('ada')),
      server: { interceptors: [side === 'server' ? errors(table) : errors(userNotFound)] },
      client: { interceptors: [side === 'client' ? errors(table) : errors(userNotFound)] },
    });

    const rejections = await Promise.all(kinds.map((kind) => rejection(start(probe.client, kind))));

    expect(rejections.map((error) => error instanceof UserNotFound)).toEqual([true, false, false, true]);
  });

  test('knows the errors of a method, in types too', () => {
    const thrown: unknown = new UserNotFound('ada');

    expect(table.is('unary', thrown)).toBe(true);
    expect(table.is('unary', new NameTaken())).toBe(false);
    expect(table.is('bidi', new NameTaken())).toBe(true);
    if (table.is('unary', thrown)) expect(thrown.id).toBe('ada');
  });

  test('is typed by method', () => {
    const one: ErrorsOf<typeof table, 'unary'> = new UserNotFound('ada');
    // @ts-expect-error `id` is missing: NameTaken is no error of unary
    const other: ErrorsOf<typeof table, 'unary'> = new NameTaken();
    const both: ErrorsOf<typeof table, 'bidi'>[] = [one, new NameTaken()];
    // @ts-expect-error no such method in the table
    type None = ErrorsOf<typeof table, 'serverStream'>;

    // @ts-expect-error no such method in the service
    expect(() => errorTable(ProbeService, { unari: [userNotFound] })).toThrow('suite.Probe has no such method');
    const nothing: None | undefined = undefined;
    expect([other, both, nothing]).toHaveLength(3);
  });

  test('refuses rows that no error would reach', () => {
    const wide = mapError(UserError, { code: Code.INTERNAL, reason: 'USER_ERROR', domain });
    const twin = mapError(NameTaken, { code: Code.ABORTED, reason: 'USER_NOT_FOUND', domain });

    expect(() => errors(wide, userNotFound)).toThrow('UserError catches UserNotFound, put it behind');
    expect(() => errors(userNotFound, twin)).toThrow('two rows say users.example.com USER_NOT_FOUND');
    expect(() => errors(table, userNotFound)).toThrow('two rows say');
    expect(() => errors({} as never)).toThrow('wanted rows as mapError() makes them');
  });
});

test('mapError() refuses what could not be sent or told apart', () => {
  const row = { code: Code.NOT_FOUND, reason: 'USER_NOT_FOUND', domain };

  expect(() => mapError(UserNotFound, { ...row, reason: 'user not found' })).toThrow('wanted UPPER_SNAKE_CASE');
  expect(() => mapError(UserNotFound, { ...row, domain: '' })).toThrow('wanted a domain');
  expect(() => mapError('UserNotFound' as never, row)).toThrow('wanted a class of errors');
  expect(() => mapError(UserNotFound, { ...row, code: 0 as never })).toThrow('wanted an error code');
});

test('errors survive the way through both tables', async () => {
  class Domain extends Error {
    readonly fields: Readonly<Record<string, string>>;
    constructor(message: string, fields: Readonly<Record<string, string>>) {
      super(message);
      this.fields = fields;
    }
  }
  const reason = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,20}[A-Z0-9]$/);
  const text = fc.string({ unit: 'grapheme', maxLength: 100 });
  const codes = Object.values(Code).filter((code): code is ErrorCode => code !== Code.OK);
  const fields = fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), text, { maxKeys: 4 });

  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...codes), reason, text, fields, async (code, word, message, sent) => {
      const row = mapError(Domain, {
        code,
        reason: word,
        domain,
        metadata: (error) => error.fields,
        make: (received) => new Domain(received.message, received.metadata),
      });
      await using probe = await setup(transports[0]!, {
        handlers: throwing(new Domain(message, sent)),
        server: { interceptors: [errors(row)] },
        client: { interceptors: [errors(row)] },
      });

      const error = await rejection(start(probe.client, 'unary'));

      expect(error).toBeInstanceOf(Domain);
      expect((error as Domain).message).toBe(message.toWellFormed());
      expect({ ...(error as Domain).fields }).toEqual({ ...sent });
      expect((error as Domain).cause).toMatchObject({ code });
      expect((await outcome(start(probe.client, 'unary'))).status.code).toBe(code);
    }),
    { numRuns: 60 },
  );
});
