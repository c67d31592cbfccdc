import { type Call, type Context, detached, type Interceptor, key } from 'flowrpc';
import { beforeEach, expect, test } from 'vitest';
import { everyKind, kinds, run, shout } from '../suites/kinds.ts';
import { setup, type TestTransport, transports } from '../suites/transports.ts';

const transport = transports[0] as TestTransport;
const tag = key<string>('tag');
let seen: Call[];
const witness: Interceptor = async function witness(call, next) {
  if (call.method.path.startsWith('/suite.')) seen.push(call);
  return next(call.with(tag, 'derived'));
};
beforeEach(() => {
  seen = [];
});

test.each(kinds)('Call.parent of a %s call is the call around, or what the options say', async (kind) => {
  let handling: Context | undefined;
  await using inner = await setup(transport, { client: { interceptors: [witness, witness] } });
  await using outer = await setup(transport, {
    handlers: everyKind(async function* passing(requests, context) {
      handling = context;
      await run(inner.client, kind);
      await run(inner.client, kind, { parent: null });
      await run(inner.client, kind, { parent: context });
      await detached(() => run(inner.client, kind));
      yield* shout(requests, context);
    }),
  });

  await run(outer.client, 'unary');
  await run(inner.client, kind, { parent: handling });

  const parents = seen.map(({ parent }) => parent);
  expect(parents.map((parent) => parent?.method.path)).toEqual(
    ['/suite.Probe/Unary', undefined, '/suite.Probe/Unary', undefined, '/suite.Probe/Unary'].flatMap((path) => [
      path,
      path,
    ]),
  );
  expect(parents[4]).toBe(handling);
  expect(parents[8]).toBe(handling);
});

test('Call.parent is undefined on servers, and for a call on its own', async () => {
  await using probe = await setup(transport, {
    server: { interceptors: [witness] },
    client: { interceptors: [witness] },
  });

  await run(probe.client, 'unary');

  expect(seen.map(({ side, parent }) => [side, parent])).toEqual([
    ['client', undefined],
    ['server', undefined],
  ]);
});
