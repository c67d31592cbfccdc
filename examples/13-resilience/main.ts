// A service that fails in every way, by faults(); and what keeps its callers working.
import { Code, codeName, connect, createServer, type Interceptor } from 'flowrpc';
import { attemptOf, circuitBreaker, deadline, faults, hedging, onAttempt, retry } from 'flowrpc/interceptors';
import { Greeter } from '../gen/greeter.js';

const trouble = faults([
  { metadata: { 'x-trouble': 'slow' }, delayMs: 5_000 },
  { metadata: { 'x-trouble': 'down' }, abort: { code: Code.UNAVAILABLE, message: 'Closed for repairs' } },
]);
const behind = createServer({ interceptors: [deadline({ reserveMs: 500 }), trouble] }).add(Greeter, {
  sayHello: ({ name }) => ({ message: `Hello, ${name}` }),
});
const { address: back } = await behind.listen('127.0.0.1:0');

/** Meets trouble in the first attempts of each call. */
const unlucky = (times: number, trouble: string): Interceptor =>
  async function unlucky(call, next) {
    return next(attemptOf(call) > times ? call : call.withMetadata((metadata) => metadata.set('x-trouble', trouble)));
  };
const told: Interceptor = async function told(call, next) {
  const listening = onAttempt(call, (event) => {
    if (event.type === 'ended') console.log(`  attempt ${event.number}: ${codeName(event.status.code)}`);
  });
  return next(listening);
};
const callWith = async (title: string, address: string, ...interceptors: readonly Interceptor[]): Promise<void> => {
  await using channel = connect(address, { interceptors: [told, ...interceptors] });
  const call = channel.client(Greeter).sayHello({ name: 'Ada' }, { timeoutMs: 2_000 });
  console.log(`${title}: ${await call.then(({ message }) => message, String)}`.replaceAll(/\d+ ms/g, 'N ms'));
};

const upstream = connect(back, { interceptors: [deadline({}), unlucky(1, 'slow')] });
const before = createServer({ interceptors: [deadline({ reserveMs: 500 })] }).add(Greeter, {
  sayHello: (request) => upstream.client(Greeter).sayHello(request),
});
const { address: front } = await before.listen('127.0.0.1:0');

await callWith('retry', back, retry({ nonIdempotent: true, baseDelayMs: 10 }), unlucky(2, 'down'));
await callWith('hedging', back, hedging({ nonIdempotent: true, delayMs: 50 }), unlucky(1, 'slow'));
await callWith('deadline', front);
const breaker = circuitBreaker({
  consecutiveFailures: 2,
  key: () => 'greeter',
  onChange: ({ key, from, to, why }) => console.log(`  ${key}: ${from} → ${to}, ${why}`),
});
for (let n = 1; n <= 3; n++) await callWith('circuit', back, breaker, unlucky(1, 'down'));
await Promise.all([upstream.close(), before.close(), behind.close()]);
