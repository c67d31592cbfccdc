import { parentPort, workerData } from 'node:worker_threads';
import type { Machine as ScriptMachine } from './machine.ts';
import { stripTypes } from './strip-types.ts';
import type { Answered, Asked, Outcome, Parcel, Task, WorkerInit } from './task.ts';

const { memoryBytes, stop } = workerData as WorkerInit;
const port = parentPort!;
const [{ loadEngine }, { Machine, threwNothing }] = await loadMachine();
const engine = await loadEngine(memoryBytes);

/** The task at work, 0 between tasks, and when it is to end. */
let current = 0;
let until = Number.POSITIVE_INFINITY;
/** The engine was told to stop the task at work. */
let interrupted = false;
const stopped = (): boolean => {
  if (Date.now() <= until && !cancelled(current)) return false;
  interrupted = true;
  return true;
};
const fresh = (): ScriptMachine => new Machine(engine.module, { memoryBytes, stopped });
/** Made before the next task is there: that takes longer than most scripts. */
let spare: ScriptMachine | undefined = fresh();

port.on('message', (asked: Asked) => {
  answer(asked).then(
    (answered) => {
      port.postMessage(answered, answered.outcome.kind === 'value' ? buffersOf(answered.outcome) : []);
      if (!answered.broken) spare ??= fresh();
    },
    (thrown: unknown) => port.postMessage(failure(asked, thrown)),
  );
});
port.postMessage('ready');

async function answer({ id, task }: Asked): Promise<Answered> {
  const script = task.kind === 'check' && task.typescript ? await stripTypes(task.code) : { code: task.code };
  if ('fault' in script) return { id, outcome: { kind: 'fault', fault: script.fault }, lines: [] };
  const machine = spare ?? fresh();
  spare = undefined;
  current = id;
  interrupted = false;
  until = Date.now() + task.timeoutMs;
  const done = work(machine, task, script.code);
  const answered = { id, lines: done.lines, outcome: ended(id, done.outcome) };
  current = 0;
  until = Number.POSITIVE_INFINITY;
  try {
    machine.dispose();
    return answered;
  } catch {
    return { ...answered, broken: true };
  }
}

function work(machine: ScriptMachine, task: Task, code: string): { outcome: Outcome; lines: readonly string[] } {
  if (task.kind === 'run') {
    const done = machine.run(code, task.args);
    return done.outcome === threwNothing ? { ...done, outcome: secondLook(code, task.args) } : done;
  }
  const fault = machine.check(code);
  return { outcome: fault === undefined ? { kind: 'code', code } : { kind: 'fault', fault }, lines: [] };
}

/** The engine says null for what threw null and for what had no memory left: with all there is, the one does so again, the other takes more. */
function secondLook(code: string, args: Parcel): Outcome {
  const before = engine.refusals;
  const machine = new Machine(engine.module, { memoryBytes: -1, stopped });
  const { outcome } = machine.run(code, args);
  machine.dispose();
  const again = outcome === threwNothing && engine.refusals === before;
  return again ? { kind: 'thrown', thrown: { message: 'null' } } : threwNothing;
}

/** The engine itself gave up, and is in no state to go on. */
function failure({ id, task }: Asked, thrown: unknown): Answered {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const overflow = /call stack/.test(message);
  const fault: Outcome = { kind: 'fault', fault: { message: overflow ? 'it nests too deep' : message } };
  const ended: Outcome = overflow ? { kind: 'stopped', why: 'stack' } : { kind: 'stopped', why: 'memory' };
  return { id, outcome: task.kind === 'check' ? fault : ended, lines: [], broken: true };
}

function cancelled(id: number): boolean {
  return Atomics.load(stop, 0) === id;
}

/** Between the steps of promises, what stops a script leaves it with errors of any kind, or without an end. */
function ended(id: number, outcome: Outcome): Outcome {
  const stop = outcome.kind === 'stopped' || (interrupted && outcome.kind === 'thrown');
  if (stop && cancelled(id)) return { kind: 'stopped', why: 'cancel' };
  return stop && outcome.kind === 'thrown' ? { kind: 'stopped', why: 'time' } : outcome;
}

function buffersOf({ value }: Extract<Outcome, { kind: 'value' }>): ArrayBuffer[] {
  return value.blobs.map(({ buffer }) => buffer as ArrayBuffer);
}

async function loadMachine(): Promise<[typeof import('./engine.ts'), typeof import('./machine.ts')]> {
  try {
    return [await import('./engine.ts'), await import('./machine.ts')];
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const needed = 'quickjs-emscripten-core @jitl/quickjs-wasmfile-release-sync';
    throw new Error(`Cannot load the engine that scripts need: npm install ${needed}`, { cause });
  }
}
