import { Code, type Idempotency, type Interceptor, type Service, StatusError } from 'flowrpc';
import { hedging, retry } from 'flowrpc/interceptors';
import { describe, expect, test } from 'vitest';
import { type AnyHandler, everyKind, type Kind, kinds, run, shout } from '../suites/kinds.ts';
import { type ProbeMethods, ProbeService } from '../suites/probe-service.ts';
import { onSide, setup, transports } from '../suites/transports.ts';

const tcp = transports.find(({ name }) => name === 'grpc tcp')!;
const uuid = /^[0-9a-f-]{36}$/;

function marked(idempotency: Idempotency): Service<ProbeMethods> {
  const methods = Object.entries(ProbeService.methods).map(([name, method]) => [name, { ...method, idempotency }]);
  return { ...ProbeService, methods: Object.fromEntries(methods) as ProbeMethods };
}

/** The keys that each attempt of two calls came with; every first attempt fails. */
async function keysOf(
  interceptors: readonly Interceptor[],
  idempotency: Idempotency,
  { kind = 'unary', metadata }: { kind?: Kind; metadata?: Record<string, string> } = {},
): Promise<(readonly string[])[]> {
  const keys: (readonly string[])[] = [];
  const handle: AnyHandler = async function* handle(requests, context) {
    keys.push(context.metadata.getAll('idempotency-key'));
    for await (const message of shout(requests, context)) void message;
    if (!context.metadata.has('grpc-previous-rpc-attempts')) throw new StatusError(Code.UNAVAILABLE, 'once more');
    yield { text: 'done', n: 1 };
  };
  const service = marked(idempotency);
  await using probe = await setup(tcp, onSide('client', ...interceptors));
  probe.server.replace(service, everyKind(handle));
  const client = probe.channel.client(service);
  await run(client, kind, { ...(metadata && { metadata }) });
  await run(client, kind, { ...(metadata && { metadata }) });
  return keys;
}

const again = (options = {}): Interceptor => retry({ baseDelayMs: 0, throttle: false, budget: false, ...options });
const beside = (options = {}): Interceptor => hedging({ delayMs: 10_000, throttle: false, budget: false, ...options });

describe.each([
  ['retry()', again],
  ['hedging()', beside],
] as const)('%s', (_, make) => {
  test.each(kinds)(
    '%s: all attempts of a call that is marked idempotent have one key, and no other call has it',
    async (kind) => {
      const [first, second, third, fourth, ...more] = await keysOf([make()], 'idempotent', { kind });

      expect(more).toEqual([]);
      expect(first).toEqual([expect.stringMatching(uuid)]);
      expect(second).toEqual(first);
      expect(third).toEqual([expect.stringMatching(uuid)]);
      expect(fourth).toEqual(third);
      expect(third).not.toEqual(first);
    },
  );

  test('a method that is not marked has one when it may be repeated all the same', async () => {
    const [first, second] = await keysOf([make({ nonIdempotent: true })], 'unknown');

    expect(first).toEqual([expect.stringMatching(uuid)]);
    expect(second).toEqual(first);
  });

  test('one that is not repeated, or has no side effects, has none', async () => {
    expect(await keysOf([make()], 'unknown')).toEqual([[], []]);
    expect(await keysOf([make()], 'no-side-effects')).toEqual([[], [], [], []]);
  });

  test('the key of the caller stays', async () => {
    const keys = await keysOf([make()], 'idempotent', { metadata: { 'idempotency-key': 'order-7' } });

    expect(keys).toEqual([['order-7'], ['order-7'], ['order-7'], ['order-7']]);
  });

  test('its name is an option, and so is none', async () => {
    const renamed = await keysOf([make({ idempotencyKey: 'x-once' })], 'idempotent', { metadata: { 'x-once': 'a' } });

    expect(renamed).toEqual([[], [], [], []]);
    expect(await keysOf([make({ idempotencyKey: false })], 'idempotent')).toEqual([[], [], [], []]);
    expect(() => make({ idempotencyKey: 'two words' })).toThrow('two words');
  });
});

test('retry() around hedging(): one key for what both of them send', async () => {
  const keys = await keysOf([again(), beside({ attempts: 2 })], 'idempotent');

  expect(new Set(keys.flat()).size).toBe(2);
});

test('retry() on a server repeats its handler with the metadata that its caller sent', async () => {
  const keys: (readonly string[])[] = [];
  await using probe = await setup(tcp, onSide('server', again()));
  probe.server.replace(
    marked('idempotent'),
    everyKind(async function* handle(requests, context) {
      keys.push(context.metadata.getAll('idempotency-key'));
      if (keys.length === 1) throw new StatusError(Code.UNAVAILABLE, 'once more');
      yield* shout(requests, context);
    }),
  );

  await run(probe.channel.client(marked('idempotent')), 'unary');

  expect(keys).toEqual([[], []]);
});
