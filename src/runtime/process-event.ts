import type { Process } from '../nodes/process.ts';
import { type PayloadBounds, shownError } from './frame-payload.ts';

/** A process that begins or has ended. */
export interface ProcessEvent {
  readonly type: 'started' | 'ended';
  readonly process: string;
  /** Id of the process that it was forked from. */
  readonly parent?: string;
  /** Service of the node it began at. */
  readonly node: string;
  /** Epoch milliseconds: of the beginning, or of the end. */
  readonly at: number;
  /** What it ended with, secrets taken out. */
  readonly error?: { readonly code: string; readonly message: string };
}

export function processStarted(process: Process): ProcessEvent {
  return { type: 'started', ...told(process), at: process.startedAt };
}

export function processEnded(process: Process, error: Error | undefined, bounds: PayloadBounds): ProcessEvent {
  const { secrets } = process.entry.host;
  const failure = error && { error: shownError(error, secrets, bounds) };
  return { type: 'ended', ...told(process), at: Date.now(), ...failure };
}

function told({ id, identity, entry }: Process): Pick<ProcessEvent, 'process' | 'parent' | 'node'> {
  const { parent } = identity;
  return { process: id, ...(parent !== undefined && { parent }), node: entry.info.service };
}
