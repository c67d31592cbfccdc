import { type CancelReason, Code, type HandlerContext, key, StatusError } from 'flowrpc';
import { fakeContext } from 'flowrpc/testing';
import { expect, test } from 'vitest';
import { Greeter } from '../../examples/gen/greeter.ts';

const user = key<string>('user', 'nobody');

function sayHello({ name }: { name: string }, ctx: HandlerContext) {
  if (name === '') throw new StatusError(Code.INVALID_ARGUMENT, 'No name');
  ctx.header.set('x-by', ctx.get(user) ?? '');
  ctx.sendHeader();
  ctx.trailer.set('x-language', ctx.metadata.get('accept-language') ?? 'en');
  return { message: `Hello, ${name}` };
}

test('fakeContext() lets a handler be called as the function it is', () => {
  const ctx = fakeContext({ metadata: { 'Accept-Language': 'de' }, values: [[user, 'ada']] });

  const reply = sayHello({ name: 'Ada' }, ctx);

  expect(reply).toEqual({ message: 'Hello, Ada' });
  expect(ctx.header.get('x-by')).toBe('ada');
  expect(ctx.trailer.get('x-language')).toBe('de');
  expect(ctx.headerSent).toBe(true);
});

test('fakeContext() without options bounds nothing and has empty metadata', () => {
  const ctx = fakeContext();

  expect(ctx).toMatchObject({ side: 'server', deadline: Number.POSITIVE_INFINITY, peer: { address: 'in-process' } });
  expect(ctx.metadata.size).toBe(0);
  expect(ctx.signal.aborted).toBe(false);
  expect(ctx.headerSent).toBe(false);
  expect(ctx.method.kind).toBe('unary');
});

test('fakeContext() gives the initial value of a key that was not set', () => {
  expect(fakeContext().get(user)).toBe('nobody');
});

test('fakeContext() takes method and peer as they are', () => {
  const peer = { address: '10.0.0.1:5', identity: { subject: 'ada', names: [], fingerprint: 'AA' } };

  const ctx = fakeContext({ method: Greeter.methods.count, peer });

  expect(ctx.method.path).toBe('/examples.Greeter/Count');
  expect(ctx.peer).toBe(peer);
});

test('fakeContext.cancel() aborts the signal with a typed reason', () => {
  const ctx = fakeContext();
  const { signal } = ctx;

  ctx.cancel('shutdown');

  expect(signal.aborted).toBe(true);
  expect((signal.reason as CancelReason).kind).toBe('shutdown');
  expect((signal.reason as CancelReason).code).toBe(Code.UNAVAILABLE);
});

test('fakeContext() is cancelled by its deadline', async () => {
  using ctx = fakeContext({ timeoutMs: 5 });

  await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));

  expect((ctx.signal.reason as CancelReason).kind).toBe('deadline');
});

test('fakeContext() is cancelled by a signal', () => {
  const controller = new AbortController();
  using ctx = fakeContext({ signal: controller.signal });
  const { signal } = ctx;

  controller.abort(new Error('enough'));

  expect((signal.reason as CancelReason).kind).toBe('cancelled');
});

test('fakeContext() leaves no timer once disposed', () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const ctx = fakeContext({ timeoutMs: 60_000 });
  void ctx.signal;

  const during = timers();
  ctx[Symbol.dispose]();

  expect([during - before, timers() - before]).toEqual([1, 0]);
});

test('fakeContext() refuses an unknown option', () => {
  // @ts-expect-error: there is no such option
  expect(() => fakeContext({ timeout: 5 })).toThrow('did you mean "timeoutMs"?');
});
