import { BadRequest, Code, findDetail, type Interceptor, type Status } from 'flowrpc';
import { type StandardSchema, type ValidationRules, validation } from 'flowrpc/interceptors';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Greeter } from '../../examples/gen/greeter.ts';
import { everyKind, kinds, run, shout, texts, two } from '../suites/kinds.ts';
import { type Probe, type ProbeMethods, ProbeService } from '../suites/probe-service.ts';
import { onSide, setup, type TestTransport, transports } from '../suites/transports.ts';

const fast = [transports[0], transports[1], transports[2]] as TestTransport[];
const transport = transports[0] as TestTransport;
const tcp = transports[2] as TestTransport;
const probe = z.looseObject({ text: z.string().min(1).max(5), n: z.number().int() });
const onRequests = forAll({ request: probe });
const bad: readonly Probe[] = [{ text: '', n: 1 }];
const later: readonly Probe[] = [...two, { text: 'much too long', n: 3 }, { text: 'd', n: 4 }];

/** The same rules for all four kinds. */
function forAll(rules: NonNullable<ValidationRules<ProbeMethods>['unary']>): ValidationRules<ProbeMethods> {
  return Object.fromEntries(kinds.map((kind) => [kind, rules]));
}

function violations(status: Status) {
  return findDetail(status, BadRequest)?.fieldViolations.map(({ field, description }) => `${field}: ${description}`);
}

const waiting = <T>(check: (message: T) => string | undefined, ms = (_message: T) => 0): StandardSchema<T> => ({
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async (value) => {
      await new Promise((resolve) => setTimeout(resolve, ms(value as T)));
      const message = check(value as T);
      return message === undefined ? { value: value as T } : { issues: [{ message, path: ['text'] }] };
    },
  },
});

describe.each(fast)('validation() on the server, $name', (transport) => {
  test.each(kinds)('ends a %s call whose request breaks its rules with INVALID_ARGUMENT', async (kind) => {
    const handled: Probe[] = [];
    await using serving = await setup(transport, {
      handlers: everyKind(async function* remember(requests) {
        for await (const request of requests) {
          handled.push(request);
          yield request;
        }
      }),
      ...onSide('server', validation(ProbeService, onRequests)),
    });

    const { status } = await run(serving.client, kind, {}, bad);

    expect(status).toMatchObject({ code: Code.INVALID_ARGUMENT, origin: 'peer' });
    expect(status.message).toMatch(/^Cannot take the request of \/suite\.Probe\/\w+: "text" Too small/);
    expect(violations(status)).toEqual([expect.stringMatching(/^text: Too small/)]);
    expect(handled).toEqual([]);
  });

  test.each(['clientStream', 'bidi'] as const)('checks each message of a %s call, in order', async (kind) => {
    const handled: number[] = [];
    await using serving = await setup(transport, {
      handlers: everyKind(async function* remember(requests) {
        for await (const request of requests) {
          handled.push(request.n);
          yield request;
        }
      }),
      ...onSide('server', validation(ProbeService, onRequests)),
    });

    const { status } = await run(serving.client, kind, {}, later);

    expect(status.code).toBe(Code.INVALID_ARGUMENT);
    expect(handled).toEqual([1, 2]);
  });

  test.each(kinds)('hands what the schema gives to the handler of %s calls', async (kind) => {
    const loud = z.looseObject({ text: z.string().transform((text) => `${text}!`), n: z.number() });
    await using serving = await setup(transport, {
      handlers: everyKind(shout),
      ...onSide('server', validation(ProbeService, forAll({ request: loud, response: loud }))),
    });

    const outcome = await run(serving.client, kind);

    expect(outcome.status.code).toBe(Code.OK);
    expect(texts(outcome).at(0)).toBe(kind === 'clientStream' ? 'B!!' : 'A!!');
  });
});

describe.each(fast)('validation() on the client, $name', (transport) => {
  test.each(kinds)('ends a %s call before it is sent', async (kind) => {
    let arrived = 0;
    const witness: Interceptor = async function witness(call, next) {
      for await (const _ of call.requests) arrived += 1;
      return next(call);
    };
    await using serving = await setup(transport, {
      server: { interceptors: [witness] },
      client: { interceptors: [validation(ProbeService, onRequests)] },
    });

    const { status } = await run(serving.client, kind, {}, bad);

    expect(status).toMatchObject({ code: Code.INVALID_ARGUMENT, origin: 'local' });
    expect(violations(status)).toHaveLength(1);
    expect(arrived).toBe(0);
  });

  test.each(kinds)('ends a %s call whose response breaks its rules with INTERNAL', async (kind) => {
    await using serving = await setup(transport, {
      handlers: everyKind(async function* long() {
        yield { text: 'much too long', n: 1 };
      }),
      ...onSide('client', validation(ProbeService, forAll({ response: probe }))),
    });

    const outcome = await run(serving.client, kind);

    expect(outcome.messages).toEqual([]);
    expect(outcome.status).toMatchObject({ code: Code.INTERNAL, details: [] });
    expect(outcome.status.message).toMatch(/^Cannot take the response of \/suite\.Probe\/\w+: "text" Too big/);
  });
});

test('validation() on the client refuses a call at once: it never leaves', async () => {
  let calls = 0;
  const witness: Interceptor = async function witness(call, next) {
    calls += 1;
    return next(call);
  };
  await using serving = await setup(tcp, {
    server: { interceptors: [witness] },
    client: { interceptors: [validation(ProbeService, onRequests)] },
  });

  for (const kind of ['unary', 'serverStream'] as const) await run(serving.client, kind, {}, bad);

  expect(calls).toBe(0);
});

test.each(kinds)('validation() does not tell the caller of a %s call how a response was wrong', async (kind) => {
  let cause: unknown;
  const witness: Interceptor = async function witness(call, next) {
    const status = await next(call);
    cause = status.cause;
    return status;
  };
  await using serving = await setup(transport, {
    handlers: everyKind(async function* long() {
      yield { text: 'much too long', n: 1 };
    }),
    ...onSide('server', witness, validation(ProbeService, forAll({ response: probe }))),
  });

  const { status, messages } = await run(serving.client, kind);

  expect(messages).toEqual([]);
  expect(status).toMatchObject({ code: Code.INTERNAL, message: 'The response breaks its own rules', details: [] });
  expect((cause as Error).message).toMatch(/^Cannot send the response of \/suite\.Probe\/\w+: "text" Too big/);
});

describe('validation() with a schema that takes its time', () => {
  test.each(['clientStream', 'bidi'] as const)('keeps the order of a %s call', async (kind) => {
    const numbers: number[] = [];
    const slowFirst = waiting<Probe>(
      () => undefined,
      ({ n }) => (n === 1 ? 20 : 0),
    );
    await using serving = await setup(transport, {
      handlers: everyKind(async function* remember(requests) {
        for await (const request of requests) {
          numbers.push(request.n);
          yield request;
        }
      }),
      server: { interceptors: [validation(ProbeService, forAll({ request: slowFirst, response: slowFirst }))] },
    });

    const outcome = await run(serving.client, kind, {}, later);

    expect(numbers).toEqual([1, 2, 3, 4]);
    expect(outcome.messages.map(({ n }) => n)).toEqual(kind === 'bidi' ? [1, 2, 3, 4] : [4]);
  });

  test.each(kinds)('refuses a %s call as any other', async (kind) => {
    const schema = waiting<Probe>(({ text }) => (text === '' ? 'wanted text' : undefined));
    await using serving = await setup(tcp, onSide('server', validation(ProbeService, forAll({ request: schema }))));

    const { status } = await run(serving.client, kind, {}, bad);

    expect(violations(status)).toEqual(['text: wanted text']);
  });
});

test.each(['throws', 'rejects'])('validation() keeps to itself what a schema that %s says', async (way) => {
  const validate = (): never | Promise<never> => {
    if (way === 'throws') throw new Error('canary');
    return Promise.reject(new Error('canary'));
  };
  const schema: StandardSchema<Probe> = { '~standard': { version: 1, vendor: 'test', validate } };
  await using serving = await setup(transport, onSide('server', validation(ProbeService, forAll({ request: schema }))));

  const { status } = await run(serving.client, 'unary');

  expect(status).toMatchObject({ code: Code.INTERNAL, message: 'A schema failed' });
});

describe('validation() tells of', () => {
  const issues = (count: number, message: string): StandardSchema<Probe> => ({
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: () => ({ issues: Array.from({ length: count }, (_, i) => ({ message, path: ['items', i] })) }),
    },
  });
  const refusal = async (schema: StandardSchema<Probe>, maxViolations?: number): Promise<Status> => {
    const rules = forAll({ request: schema });
    await using serving = await setup(tcp, onSide('server', validation(ProbeService, rules, { maxViolations })));
    return (await run(serving.client, 'unary')).status;
  };

  test('sixteen violations, or as many as it is told to', async () => {
    const status = await refusal(issues(100, 'wrong'));

    expect(violations(status)).toHaveLength(16);
    expect(status.message).toMatch(/"items\[0\]" wrong, and 99 more$/);
    expect(violations(await refusal(issues(100, 'wrong'), 2))).toEqual(['items[0]: wrong', 'items[1]: wrong']);
  });

  test.each(['request', 'response'] as const)('no more issues of a %s than it needs to read', async (part) => {
    let read = 0;
    const issue = {
      message: 'wrong',
      get path() {
        read += 1;
        return ['text'];
      },
    };
    const found = Array.from({ length: 50_000 }, () => issue);
    const schema: StandardSchema<Probe> = {
      '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: found }) },
    };
    await using serving = await setup(tcp, onSide('server', validation(ProbeService, forAll({ [part]: schema }))));

    const { status } = await run(serving.client, 'unary');

    expect(status.code).toBe(part === 'request' ? Code.INVALID_ARGUMENT : Code.INTERNAL);
    if (part === 'request') expect(status.message).toMatch(/and 49999 more$/);
    expect(read).toBe(16);
  });

  test('as many as fit into a trailer, and of each not more than its start', async () => {
    const status = await refusal(issues(100, 'ü🙂'.repeat(10_000)));

    expect(violations(status)!.length).toBeGreaterThan(1);
    expect(violations(status)!.join('').length).toBeLessThan(2_048);
    expect(violations(status)![0]).toMatch(/^items\[0\]: (ü🙂)+ü?…$/u);
  });

  test('issues without a path as the whole message', async () => {
    const whole: StandardSchema<Probe> = {
      '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'not today' }] }) },
    };
    const status = await refusal(whole);

    expect(status.message).toBe('Cannot take the request of /suite.Probe/Unary: not today');
    expect(violations(status)).toEqual([': not today']);
  });
});

test('validation() costs methods without rules nothing', async () => {
  await using serving = await setup(
    transport,
    onSide('server', validation(ProbeService, { bidi: { request: probe } })),
  );

  expect((await run(serving.client, 'unary', {}, bad)).status.code).toBe(Code.OK);
  expect((await run(serving.client, 'bidi', {}, bad)).status.code).toBe(Code.INVALID_ARGUMENT);
});

test('validation() fits its schemas to the messages of the service', () => {
  const name = z.object({ name: z.string() });

  validation(Greeter, {
    sayHello: { request: name },
    chat: { request: name },
    count: { request: z.object({ to: z.number() }) },
  });
  // @ts-expect-error the request of count has no name
  validation(Greeter, { count: { request: name } });
  // @ts-expect-error what the schema gives would lack the field
  validation(Greeter, { sayHello: { request: z.object({}) } });
  // @ts-expect-error there is no such method
  expect(() => validation(Greeter, { sayHelo: { request: name } })).toThrow(/"sayHelo" of .*, did you mean "sayHello"/);
});

test.each<[object, object, RegExp]>([
  [{ unary: probe }, {}, /^Cannot use the rules of unary: wanted \{ request: schema \}, got a schema$/],
  [{ unary: { requests: probe } }, {}, /"requests" of the rules of unary: it is unknown, did you mean "request"/],
  [
    { unary: { request: {} } },
    {},
    /^Cannot use request of the rules of unary: wanted a Standard Schema, such as zod makes$/,
  ],
  [{}, { maxViolations: 0 }, /maxViolations 0 of validation: wanted 1 or more$/],
  [{}, { max: 1 }, /"max" of validation: it is unknown/],
])('validation() cannot be made with %j and %j', (rules, options, error) => {
  expect(() => validation(ProbeService, rules as never, options)).toThrow(error);
});
