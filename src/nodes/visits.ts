import { Code } from '../core/code.ts';
import { StatusError } from '../core/status-error.ts';
import type { Activation } from './activation.ts';
import { nodeError } from './reply.ts';

/** The error of a packet that comes to one node too often along its own path; undefined while that is within limits. */
export function tooManyVisits({ runtime, from, run }: Activation): StatusError | undefined {
  let visits = 1;
  for (let at = from; at !== undefined; at = at.from) if (at.runtime === runtime) visits += 1;
  const { limits } = run;
  if (visits <= limits.visits) return undefined;
  const trail: string[] = [];
  for (let at = from; at !== undefined && trail.length < 8; at = at.from) trail.unshift(at.runtime.info.service);
  const { service } = runtime.info;
  const message = `Node "${service}" is visited more than ${limits.visits} times on one path: … → ${trail.join(' → ')} → ${service}`;
  return nodeError(new StatusError(Code.FAILED_PRECONDITION, message), service);
}
