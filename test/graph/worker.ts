import { appendFileSync } from 'node:fs';
import { kill, pid } from 'node:process';
import { createServer, StatusError, silentLogger } from 'flowrpc';
import { createGraph, readSpecs } from 'flowrpc/graph';
import { createKinds, defineKind, type NodeInstance } from 'flowrpc/nodes';
import { reflection } from 'flowrpc/services';

/** How a process of the system is told what to be: as JSON on its command line. */
export interface WorkerOptions {
  readonly name: string;
  readonly log: string;
  readonly listen?: string;
  /** Address of the worker that comes after this one. */
  readonly next?: string;
  readonly nextName?: string;
  readonly perProcess?: boolean;
  /** What the node does: holds until the run is over, works for a moment (and dies of `poison…`), or makes calls without end. */
  readonly task: 'hold' | 'work' | 'call';
}

const options = JSON.parse(process.argv[2] ?? '{}') as WorkerOptions;
const { name, log, listen = '127.0.0.1:0', next, nextName, perProcess = false, task } = options;
// Written before anything else happens: what is in the file has happened, whatever becomes of this process.
const note = (text: string): void => appendFileSync(log, `${name} ${text}\n`);

const work: NodeInstance['process'] = async ({ payload }, { send, process, signal }) => {
  if (perProcess) process.onExit((error) => note(`exit ${error === undefined ? 'well' : 'badly'}`));
  note(`run ${String(payload)}`);
  if (String(payload).startsWith('poison')) kill(pid, 'SIGKILL');
  if (task === 'hold') {
    const timer = setTimeout(() => note('timer'), 60_000);
    const over = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    if (next !== undefined) void send('out', payload);
    await over;
    clearTimeout(timer);
    note(`over ${signal.reason instanceof StatusError ? signal.reason.code : 'without a reason'}`);
    throw signal.reason;
  }
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
  if (next === undefined) return payload;
  return (await send('out', payload)).reply;
};

const server = createServer({ logger: silentLogger }).add(reflection());
const ports = next === undefined ? {} : { out: [{ target: next, name: `default.${nextName}`, port: 'in' }] };
const { specs } = readSpecs([{ kind: 'work', name, ports }]);
const kind = defineKind({ kind: 'work', perProcess, setup: () => ({ process: work }) });
const graph = await createGraph({ specs, kinds: createKinds(kind), server, logger: silentLogger });
const { address } = await server.listen(listen);
console.log(address);
process.stdin.resume();
process.stdin.on('end', () => process.exit());

if (task === 'call') {
  let calls = 0;
  const caller = async (): Promise<never> => {
    for (;;) await graph.call(name, calls++, { timeoutMs: 20_000 }).catch(() => {});
  };
  await Promise.all(Array.from({ length: 20 }, caller));
}
