import { Code } from '../../../core/code.ts';
import { StatusError } from '../../../core/status-error.ts';
import { anyByteStream } from '../../byte-stream.ts';
import { holdStreams } from '../../held-streams.ts';
import { CompileError, type Program, type RunContext } from '../language.ts';
import { errorOf, packed, unpacked } from './parcel.ts';
import type { Sandbox } from './sandbox.ts';
import type { Outcome } from './task.ts';

const longestCode = 1_048_576;
/** For the look at a code, which runs none of it. */
const checkMs = 5_000;

export interface ScriptOptions {
  readonly sandbox: Sandbox;
  readonly typescript: boolean;
  readonly timeoutMs: number;
}

/** Reads a script in the sandbox, where it will run. */
export async function script(code: string, { sandbox, typescript, timeoutMs }: ScriptOptions): Promise<Program> {
  if (code.length > longestCode)
    throw new CompileError(`a script of ${code.length} characters is too long: wanted at most ${longestCode}`);
  const owner = {};
  const close = sandbox.use();
  try {
    const { outcome } = await sandbox.do(owner, { kind: 'check', code, typescript, timeoutMs: checkMs });
    const ready = codeOf(outcome);
    return { run: (args, context) => run(ready, args, context), close };
  } catch (thrown) {
    await close();
    throw thrown;
  }

  async function run(ready: string, args: readonly unknown[], context: RunContext): Promise<unknown> {
    const held = anyByteStream() ? ((await holdStreams(args)) as readonly unknown[]) : args;
    const leftMs = Math.max(1, Math.min(timeoutMs, context.deadline - Date.now()));
    const task = { kind: 'run', code: ready, args: packed(held), timeoutMs: leftMs } as const;
    const { outcome, lines } = await sandbox.do(owner, task, context.signal);
    for (const line of lines) context.log.debug('script', { line });
    return resultOf(outcome, leftMs);
  }
}

function codeOf(outcome: Outcome): string {
  if (outcome.kind === 'code') return outcome.code;
  if (outcome.kind !== 'fault')
    throw new CompileError('its code cannot be read in time, or in the memory that it may have');
  const { message, line, column } = outcome.fault;
  throw new CompileError(message, { line, column });
}

function resultOf(outcome: Outcome, timeoutMs: number): unknown {
  switch (outcome.kind) {
    case 'value':
      return unpacked(outcome.value);
    case 'thrown':
      throw errorOf(outcome.thrown);
    case 'stopped':
      throw stopped(outcome.why, timeoutMs);
    default:
      throw new StatusError(Code.INTERNAL, 'The script gave no result');
  }
}

function stopped(why: Extract<Outcome, { kind: 'stopped' }>['why'], timeoutMs: number): StatusError {
  switch (why) {
    case 'memory':
      return new StatusError(Code.RESOURCE_EXHAUSTED, 'The script was stopped: it takes more memory than it may');
    case 'stack':
      return new StatusError(Code.RESOURCE_EXHAUSTED, 'The script was stopped: its calls nest too deep');
    case 'cancel':
      return new StatusError(Code.CANCELLED, 'The script was stopped: its run was cancelled');
    case 'time':
      return new StatusError(Code.DEADLINE_EXCEEDED, `The script was stopped: it takes longer than ${timeoutMs} ms`);
  }
}
