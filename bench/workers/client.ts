import { contenders } from '../contenders.ts';

// client.ts CONTENDER PORT INTERCEPTORS BYTES CONCURRENCY WARMUP_MS RUN_MS: a closed loop; prints one line of JSON.
const [name = '', ...numbers] = process.argv.slice(2);
const [port = 0, interceptors = 0, bytes = 64, concurrency = 1, warmupMs = 500, runMs = 1_000] = numbers.map(Number);
const call = await contenders[name]!.call(port, interceptors);
const body = new Uint8Array(bytes).fill(7);

async function loop(until: number, latencies: number[]): Promise<void> {
  for (let id = 1; performance.now() < until; id++) {
    const start = performance.now();
    const reply = await call({ body, id });
    latencies.push(performance.now() - start);
    if (reply.id !== id || reply.body.length !== bytes) throw new Error(`Wrong echo: wanted id ${id}, got ${reply.id}`);
  }
}

async function run(ms: number, loops: number): Promise<{ latencies: number[]; seconds: number }> {
  const latencies: number[] = [];
  const start = performance.now();
  await Promise.all(Array.from({ length: loops }, () => loop(start + ms, latencies)));
  return { latencies, seconds: (performance.now() - start) / 1_000 };
}

// Compilers want thousands of calls, which one loop alone takes long to make.
await run(warmupMs, 64);
await run(200, concurrency);
const cpu = process.cpuUsage();
const { latencies, seconds } = await run(runMs, concurrency);
const { user, system } = process.cpuUsage(cpu);
latencies.sort((a, b) => a - b);
const at = (quantile: number): number => (latencies[Math.floor(latencies.length * quantile)] ?? 0) * 1_000;
const result = {
  perSecond: latencies.length / seconds,
  p50: at(0.5),
  p99: at(0.99),
  cpuMicros: (user + system) / latencies.length,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
