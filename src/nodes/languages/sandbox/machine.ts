import type { QuickJSContext, QuickJSHandle, QuickJSRuntime, QuickJSWASMModule } from 'quickjs-emscripten-core';
import { prelude } from './prelude.ts';
import type { Fault, Outcome, Parcel, Thrown } from './task.ts';

const stackBytes = 512 * 1024;
const scriptName = 'code';
const stopName = 'stop';

export interface MachineOptions {
  /** Of a script, buffers apart; -1 for all that the engine has. */
  readonly memoryBytes: number;
  /** Says, often, whether it is time to stop. */
  readonly stopped: () => boolean;
}

/** One script in an engine of its own: nothing of it is there when the next one comes. */
export class Machine {
  readonly #runtime: QuickJSRuntime;
  readonly #context: QuickJSContext;
  readonly #tools: QuickJSHandle;

  constructor(engine: QuickJSWASMModule, { memoryBytes, stopped }: MachineOptions) {
    this.#runtime = engine.newRuntime();
    this.#runtime.setMemoryLimit(memoryBytes);
    this.#runtime.setMaxStackSize(stackBytes);
    this.#runtime.setInterruptHandler(stopped);
    this.#context = this.#runtime.newContext();
    this.#tools = this.#context.unwrapResult(this.#context.evalCode(prelude, 'prelude'));
  }

  /** Reads a code without running any of it: it is linked behind a module that fails. */
  check(code: string): Fault | undefined {
    this.#serve({ [scriptName]: code, [stopName]: 'throw "read"' });
    const result = this.#context.evalCode(`import '${stopName}'; import '${scriptName}';`, 'main', { type: 'module' });
    const thrown = 'error' in result && result.error ? this.#take(result.error) : undefined;
    if (thrown === undefined || typeof thrown !== 'object') return undefined;
    return faultOf(thrown as Dumped);
  }

  /** Calls the default export of a code. */
  run(code: string, { text, blobs }: Parcel): { outcome: Outcome; lines: readonly string[] } {
    this.#serve({});
    const outcome = this.#called(code, text, blobs) ?? this.#result();
    const lines = this.#take(this.#context.getProp(this.#tools, 'lines')) as string;
    return { outcome, lines: JSON.parse(`[${lines}]`) as string[] };
  }

  dispose(): void {
    this.#tools.dispose();
    this.#context.dispose();
    this.#runtime.dispose();
  }

  /** Runs until nothing is left to do; gives what ended it before the script could say something itself. */
  #called(code: string, text: string, blobs: readonly Uint8Array[]): Outcome | undefined {
    const context = this.#context;
    const script = context.evalCode(code, scriptName, { type: 'module' });
    if ('error' in script && script.error) return this.#failed(script.error);
    const loaded = this.#settle(script.value as QuickJSHandle);
    if ('outcome' in loaded) return loaded.outcome;
    const call = context.getProp(this.#tools, 'call');
    const list = context.newArray();
    blobs.forEach((blob, index) => {
      context.newArrayBuffer(blob.slice().buffer).consume((buffer) => context.setProp(list, index, buffer));
    });
    const given = context.newString(text);
    const result = context.callFunction(call, this.#tools, loaded.script, given, list);
    for (const handle of [call, list, given, loaded.script]) handle.dispose();
    if ('error' in result && result.error) return this.#failed(result.error);
    (result.value as QuickJSHandle).dispose();
    return this.#jobs();
  }

  /** What a module exports; with an `await` outside of functions it is a promise of that. */
  #settle(module: QuickJSHandle): { script: QuickJSHandle } | { outcome: Outcome } {
    const stopped = this.#jobs();
    if (stopped !== undefined) {
      module.dispose();
      return { outcome: stopped };
    }
    const state = this.#context.getPromiseState(module);
    if (state.type === 'fulfilled' && state.notAPromise) return { script: module };
    module.dispose();
    if (state.type === 'fulfilled') return { script: state.value };
    if (state.type === 'rejected') return { outcome: this.#failed(state.error) };
    return { outcome: neverSettles };
  }

  #jobs(): Outcome | undefined {
    const result = this.#runtime.executePendingJobs();
    if (!('error' in result) || !result.error) return undefined;
    return this.#failed(result.error);
  }

  #result(): Outcome {
    const context = this.#context;
    const result = context.getProp(this.#tools, 'result');
    const thrown = this.#take(context.getProp(result, 'thrown')) as string;
    const text = this.#take(context.getProp(result, 'text')) as string;
    const blobs = context.getProp(result, 'blobs');
    const outcome: Outcome =
      thrown !== ''
        ? outcomeOf(JSON.parse(thrown) as Thrown | null)
        : text === ''
          ? neverSettles
          : { kind: 'value', value: { text, blobs: this.#blobs(blobs) } };
    blobs.dispose();
    result.dispose();
    return outcome;
  }

  #blobs(list: QuickJSHandle): Uint8Array[] {
    const context = this.#context;
    const count = this.#take(context.getProp(list, 'length')) as number;
    return Array.from({ length: count }, (_blob, index) =>
      context
        .getProp(list, index)
        .consume((item) => context.getArrayBuffer(item).consume(({ value }) => Uint8Array.from(value))),
    );
  }

  /** Has imports find these, and nothing else. */
  #serve(modules: Readonly<Record<string, string>>): void {
    this.#runtime.setModuleLoader((name) => {
      if (Object.hasOwn(modules, name)) return modules[name]!;
      return { error: new SyntaxError(`Cannot import "${name}": scripts have no modules`) };
    });
  }

  #failed(error: QuickJSHandle): Outcome {
    const thrown = this.#take(error);
    if (thrown === null) return outcomeOf(null);
    const { name, message, code } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Dumped;
    return outcomeOf({
      message: message === undefined ? String(thrown) : String(message),
      ...(typeof name === 'string' && { name }),
      ...((typeof code === 'string' || typeof code === 'number') && { code }),
    });
  }

  #take(handle: QuickJSHandle): unknown {
    return handle.consume((own) => this.#context.dump(own) as unknown);
  }
}

/** An error as the engine shows it. */
interface Dumped {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly stack?: unknown;
}

const stops: Readonly<Record<string, 'time' | 'memory' | 'stack'>> = {
  interrupted: 'time',
  'out of memory': 'memory',
  'stack overflow': 'stack',
};

/** The script threw null, or memory did not even suffice for an error. */
export const threwNothing: Outcome = { kind: 'stopped', why: 'memory' };

/** Within asynchronous functions, what stops a script comes as an error of it. */
function outcomeOf(thrown: Thrown | null): Outcome {
  if (thrown === null) return threwNothing;
  const why = thrown.name === 'InternalError' ? stops[thrown.message] : undefined;
  return why === undefined ? { kind: 'thrown', thrown } : { kind: 'stopped', why };
}

const neverSettles: Outcome = {
  kind: 'thrown',
  thrown: { message: 'its promise never settles: scripts have no timers and no input but their arguments' },
};

function faultOf({ message, stack }: Dumped): Fault {
  const place = /\bcode:(\d+)(?::(\d+))?/.exec(String(stack ?? ''));
  return {
    message: String(message),
    ...(place !== null && { line: Number(place[1]) }),
    ...(place?.[2] !== undefined && { column: Number(place[2]) }),
  };
}
