import { setTimeout as sleep } from 'node:timers/promises';
import { Code, codeName } from '../core/code.ts';
import { earliest, remaining } from '../core/deadline.ts';
import { StatusError, statusOf } from '../core/status.ts';
import type { Activation } from '../nodes/activation.ts';
import type { Edge } from '../nodes/node.ts';
import type { Packet } from '../nodes/packet.ts';
import type { Reply } from '../nodes/reply.ts';
import type { EdgePolicy } from './edge.ts';

/** One try to have a packet handled. Rejects with a StatusError. */
export type Attempt = (packet: Packet, from: Activation, deadline: number, attempt: number) => Promise<Reply>;

export interface PolicyEdgeInit {
  /** How messages name the target. */
  readonly label: string;
  readonly policy: EdgePolicy;
  /** Whether the target may be asked the same thing twice: the edge or the target's kind says so. */
  readonly idempotent: () => boolean;
  readonly attempt: Attempt;
}

/** For calls in a run that nobody bounds. */
const defaultTimeoutMs = 30_000;
const defaultDelayMs = 50;
const maxDelayMs = 5_000;

/** An edge that is a call: bounded by its policy, repeated where that cannot execute a packet twice. */
export class PolicyEdge implements Edge {
  readonly #init: PolicyEdgeInit;

  constructor(init: PolicyEdgeInit) {
    this.#init = init;
  }

  async carry(packet: Packet, from: Activation): Promise<Reply> {
    const { policy, attempt } = this.#init;
    try {
      const deadline = this.#deadline(from);
      for (let number = 1; ; number++) {
        try {
          return await attempt(packet, from, deadline, number);
        } catch (thrown) {
          if (!this.#repeats(thrown, number)) throw thrown;
          await backOff(policy.retry?.delayMs, number, deadline, from.signal, thrown);
        }
      }
    } catch (thrown) {
      return failure(thrown);
    }
  }

  #deadline({ deadline }: Activation): number {
    const { policy, label } = this.#init;
    const { timeoutMs, reserveMs = 0, minimumMs = 0 } = policy;
    const own = timeoutMs ?? (deadline === Number.POSITIVE_INFINITY ? defaultTimeoutMs : undefined);
    const bound = earliest(deadline - reserveMs, own === undefined ? Number.POSITIVE_INFINITY : Date.now() + own);
    const left = remaining(bound);
    if (left > 0 && left >= minimumMs) return bound;
    const kept = reserveMs > 0 ? ` after ${reserveMs} ms kept back` : '';
    throw new StatusError(
      Code.DEADLINE_EXCEEDED,
      `The edge to ${label} was not taken: ${Math.round(left)} ms are left${kept}, wanted ${Math.max(minimumMs, 1)} ms or more`,
    );
  }

  #repeats(thrown: unknown, attempts: number): boolean {
    const { policy, idempotent } = this.#init;
    if (policy.retry === undefined || attempts >= policy.retry.attempts) return false;
    const status = statusOf(thrown);
    // Over before its peer could see it: nothing can have been done twice.
    if (status.code === Code.UNAVAILABLE && status.unseen) return true;
    return idempotent() && (status.code === Code.UNAVAILABLE || policy.retry.codes.includes(status.code));
  }
}

async function backOff(
  delayMs = defaultDelayMs,
  attempts: number,
  deadline: number,
  signal: AbortSignal,
  thrown: unknown,
): Promise<void> {
  const wait = Math.min(delayMs * 2 ** (attempts - 1), maxDelayMs) * (0.8 + Math.random() * 0.4);
  if (Date.now() + wait >= deadline) throw thrown;
  await sleep(wait, undefined, { signal }).catch(() => {
    throw thrown;
  });
}

/** What failed, as a reply: a status without the address it was called at, which is in the log of whoever needs it. */
function failure(thrown: unknown): StatusError {
  if (thrown instanceof StatusError) return thrown;
  const { code, message } = statusOf(thrown);
  return new StatusError(code === Code.OK ? Code.UNKNOWN : code, message || codeName(code), { cause: thrown });
}
