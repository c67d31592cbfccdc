import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { worker } from './from-here.ts';

export interface Sample {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuMicros: number;
}

export interface Load {
  readonly bytes: number;
  readonly concurrency: number;
  readonly interceptors: number;
  readonly warmupMs: number;
  readonly runMs: number;
}

export interface ServerProcess extends Disposable {
  readonly port: number;
}

/** A fresh server process of a contender; it ends when disposed. */
export async function startServer(contender: string, interceptors: number): Promise<ServerProcess> {
  const { path, execArgv } = worker('server');
  const child: ChildProcess = fork(path, [contender, String(interceptors)], { execArgv });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { port, [Symbol.dispose]: () => child.kill() };
}

/** One round of calls from a fresh client process. */
export async function drive(contender: string, port: number, load: Load): Promise<Sample> {
  const numbers = [port, load.interceptors, load.bytes, load.concurrency, load.warmupMs, load.runMs].map(String);
  const { path, execArgv } = worker('client');
  const child = spawn(process.execPath, [...execArgv, path, contender, ...numbers], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`The client of ${contender} ended with ${code}`);
  return JSON.parse(output) as Sample;
}
