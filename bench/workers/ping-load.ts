import autocannon from 'autocannon';

// ping-load.ts PORT CONNECTIONS SECONDS: keeps that many requests under way; prints one line of JSON.
const [port = 0, connections = 1, seconds = 1] = process.argv.slice(2).map(Number);
const times: number[] = [];
const cpu = process.cpuUsage();
const start = performance.now();
const result = await new Promise<autocannon.Result>((resolve, reject) => {
  const running = autocannon(
    { url: `http://127.0.0.1:${port}/ping`, connections, duration: seconds, expectBody: 'pong', timeout: 20 },
    (error, value) => (error ? reject(error) : resolve(value)),
  );
  // What autocannon sums up is in whole milliseconds.
  running.on('response', (_client, _status, _bytes, ms) => times.push(ms));
});
const elapsed = (performance.now() - start) / 1_000;
const { user, system } = process.cpuUsage(cpu);
times.sort((a, b) => a - b);
const at = (quantile: number): number => times[Math.min(times.length - 1, Math.floor(times.length * quantile))] ?? 0;
process.stdout.write(
  `${JSON.stringify({
    requests: times.length,
    perSecond: times.length / result.duration,
    mean: times.reduce((sum, ms) => sum + ms, 0) / times.length,
    p50: at(0.5),
    p99: at(0.99),
    max: times.at(-1) ?? 0,
    failures: result.errors + result.timeouts + result.non2xx + result.mismatches,
    busy: (user + system) / 1e6 / elapsed,
  })}\n`,
);
process.exit(0);
