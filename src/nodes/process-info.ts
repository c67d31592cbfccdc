import { codeName } from '../core/code.ts';
import { statusOf } from '../core/status-error.ts';
import { jsonOf } from './json-of.ts';
import { measure } from './measure.ts';
import type { Process } from './process.ts';

/** A process as lists show it. */
export interface ProcessInfo {
  /** A time-ordered UUID. */
  readonly id: string;
  /** Id of the process it was forked from. */
  readonly parent?: string;
  /** Service of the node that it began at: `default.greet`. */
  readonly entry: string;
  readonly status: 'running' | 'ended' | 'failed';
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt?: number;
  /** Why it failed. */
  readonly error?: { readonly code: string; readonly message: string };
  /** What nodes set in it, by the names of the keys, in JSON. What is no value is told by its type: `[Socket]`. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** A process as it is now, or as it ended. */
export function describeProcess(process: Process, endedAt?: number): ProcessInfo {
  const { identity, entry, startedAt, error } = process;
  const { id, parent } = identity;
  const { secrets } = entry.host;
  const failure = error === undefined ? undefined : statusOf(error);
  return {
    id,
    ...(parent !== undefined && { parent }),
    entry: entry.info.service,
    status: endedAt === undefined ? 'running' : failure === undefined ? 'ended' : 'failed',
    startedAt,
    ...(endedAt !== undefined && { endedAt }),
    ...(failure !== undefined && {
      error: { code: codeName(failure.code), message: secrets?.redact(failure.message) ?? failure.message },
    }),
    data: Object.fromEntries([...process.data()].map(([name, value]) => [name, shown(value, secrets)])),
  };
}

function shown(value: unknown, secrets: Process['entry']['host']['secrets']): unknown {
  try {
    measure(value);
    return jsonOf(secrets === undefined ? value : secrets.redactValue(value));
  } catch {
    const type = typeof value === 'object' && value !== null ? value.constructor?.name : typeof value;
    return `[${type || 'object'}]`;
  }
}
