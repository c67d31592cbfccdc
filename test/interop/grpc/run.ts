import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createPort } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Channel, type ConnectOptions, connect, createServer, silentLogger } from 'flowrpc';
import { cases, runCase } from './cases.ts';
import { handlers } from './handlers.ts';
import { grpcGo, grpcJava, type Peer, type Program } from './peers.ts';
import { TestService } from './service.ts';
import { channelSoak, rpcSoak, type SoakOptions } from './soak.ts';
import { StressCount } from './stress.ts';
import { Table } from './table.ts';

/**
 * gRPC's interoperability cases against other implementations, both ways, over h2c and TLS, under the Node that runs this. Prints a table
 * and fails when a cell does. `npm run interop -- --iterations 1000 --case rpc_soak`; `--case stress --stress-seconds 120` runs grpc-go's stress
 * client, which is left out otherwise.
 */
process.chdir(fileURLToPath(new URL('../../..', import.meta.url)));
const caseMs = 60_000;
const soakMs = 360_000;
const host = '127.0.0.1';

const { values } = parseArgs({
  options: {
    case: { type: 'string', multiple: true, default: [] },
    peer: { type: 'string', multiple: true, default: [] },
    iterations: { type: 'string', default: '100' },
    latency: { type: 'string', default: '1000' },
    'stress-seconds': { type: 'string', default: '10' },
  },
});
const soak = { iterations: Number(values.iterations), workers: 4, maxLatencyMs: Number(values.latency) };
if (!(soak.iterations > 0 && soak.iterations % soak.workers === 0)) {
  throw new RangeError(`Cannot soak ${values.iterations} times: wanted a multiple of ${soak.workers}, the workers`);
}
const soaks: Readonly<Record<string, (options: SoakOptions) => Promise<number>>> = {
  rpc_soak: rpcSoak,
  channel_soak: channelSoak,
};
const wanted = (name: string): boolean => values.case.length === 0 || values.case.includes(name);
const names = [...Object.keys(cases), ...Object.keys(soaks)].filter(wanted);
const stresses = values.case.includes('stress');
const stressSeconds = Number(values['stress-seconds']);
if (!(stressSeconds >= 1))
  throw new RangeError(`Cannot stress for ${values['stress-seconds']} seconds: wanted 1 or more`);
const table = new Table();
execFileSync('bash', ['.ci/tools', 'interop', 'interop-java', ...(stresses ? ['stress'] : [])], { stdio: 'inherit' });

for (const [name, found] of [
  ['grpc-go', await grpcGo()],
  ['grpc-java', await grpcJava()],
] as const) {
  if (values.peer.length > 0 && !values.peer.includes(name)) continue;
  if (found === undefined) console.log(`${name} is left out: .ci/tools has not built it`);
  else for (const tls of [false, true]) await meet(found, tls);
}
console.log(table.text());
for (const [name, why] of table.unmet) console.log(`unmet: ${name}: ${why}`);
console.log('not run: server_compressed_*: our server sends every response uncompressed, which gRPC permits');
console.log(`interop, Node ${process.versions.node}: ${table.passed} passed, ${table.failed} failed`);
if (table.failed > 0 || table.passed === 0) process.exitCode = 1;

async function meet(peer: Peer, tls: boolean): Promise<void> {
  const security = tls ? 'TLS' : 'h2c';
  const count = new StressCount();
  await using server = createServer({
    logger: silentLogger,
    limits: { maxReceiveBytes: 32 * 1024 * 1024 },
    interceptors: stresses ? [count.interceptor] : [],
  });
  server.add(TestService, handlers);
  const { port } = await server.listen(`${host}:0`, tls ? { tls: peer.serverTls } : {});
  for (const name of [...names, ...peer.more.filter(wanted)]) {
    const check = (): Promise<void> => passes(peer.client({ name, port, tls, soak }), name in soaks ? soakMs : caseMs);
    await table.run(name, `${peer.name} → ours, ${security}`, check, peer.unmet[name]);
  }
  if (stresses && peer.stress !== undefined) {
    const program = peer.stress({ port, tls, seconds: stressSeconds });
    await table.run('stress', `${peer.name} → ours, ${security}`, () => stress(program, count, security));
  }
  if (names.length === 0) return;
  const free = await freePort();
  const theirs = start(peer.server({ port: free, tls }));
  const options = { maxReceiveBytes: 32 * 1024 * 1024, ...(tls && { tls: peer.clientTls }) };
  try {
    await using channel = connect(`${host}:${free}`, options);
    await channel.ready({ timeoutMs: 30_000 });
    for (const name of names) {
      await table.run(name, `ours → ${peer.name}, ${security}`, () =>
        within(ours(name, channel, `${host}:${free}`, options), name in soaks ? soakMs : caseMs),
      );
    }
  } finally {
    theirs.child.kill('SIGKILL');
    await theirs.ended;
  }
}

/** Their client ends with an error at the first call that went wrong; what our server saw is looked at besides. */
async function stress(program: Program, count: StressCount, security: string): Promise<void> {
  count.take();
  await passes(program, stressSeconds * 1_000 + caseMs);
  const { calls, codes, wrong } = count.take();
  console.log(`stress ${security}: ${calls} calls in ${stressSeconds} s: ${codes}`);
  if (calls === 0 || wrong.length > 0) throw new Error(`${calls} calls, of which ended otherwise: ${wrong.join(', ')}`);
}

async function ours(name: string, channel: Channel, target: string, options: ConnectOptions): Promise<void> {
  const run = soaks[name];
  if (run === undefined) return await runCase(name, channel);
  const slowestMs = await run({ target, options, ...soak });
  console.log(`slowest of ${name}, ${options.tls === undefined ? 'h2c' : 'TLS'}: ${slowestMs.toFixed(0)} ms`);
}

async function within(work: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came of it within ${timeoutMs} ms`)), timeoutMs);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Runs their client for one case; rejects with the end of what it said when it fails. */
async function passes(program: Program, timeoutMs: number): Promise<void> {
  const { child, ended } = start(program);
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const { code, output } = await ended;
  clearTimeout(timer);
  if (code !== 0) throw new Error(`exit ${code}: ${output.trim().slice(-1_000)}`);
}

function start({ command, args }: Program): {
  child: ChildProcess;
  ended: Promise<{ code: number | null; output: string }>;
} {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (text: string): void => {
    output = (output + text).slice(-10_000);
  };
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, output })) };
}

async function freePort(): Promise<number> {
  const probe = createPort().listen(0, host);
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}
