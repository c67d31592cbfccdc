import { Code, codeName } from '../core/code.ts';
import { maxTimerMs } from '../core/deadline.ts';
import { offAbort, onAbort } from '../core/shared-signal.ts';
import { StatusError, statusOf } from '../core/status-error.ts';
import { maxLosses, type Suspect, Suspects } from '../core/suspects.ts';
import type { Activation } from '../nodes/activation.ts';
import type { Edge } from '../nodes/node.ts';
import { dropped } from '../nodes/or-ended.ts';
import type { Packet } from '../nodes/packet.ts';
import type { EdgeTarget } from '../nodes/per-process.ts';
import { errorDomain, type Reply } from '../nodes/reply.ts';
import { errorInfo } from '../wire/error-details.ts';
import type { EdgePolicy } from './edge.ts';
import { edgeDeadline } from './edge-deadline.ts';

/** One try to have a packet handled. Rejects with a StatusError. */
export type Attempt = (packet: Packet, from: Activation, deadline: number, attempt: number) => Promise<Reply>;

export interface PolicyEdgeInit {
  /** How messages name the target. */
  readonly label: string;
  readonly policy: EdgePolicy;
  readonly target: EdgeTarget;
  /** Whether the target may be asked the same thing twice: the edge or the target's kind says so. */
  readonly idempotent: () => boolean;
  readonly attempt: Attempt;
}

const defaultDelayMs = 50;
const maxDelayMs = 5_000;

/** An edge that is a call: bounded by its policy, repeated where that cannot execute a packet twice. */
export class PolicyEdge implements Edge {
  readonly #init: PolicyEdgeInit;
  #suspects: Suspects | undefined;

  constructor(init: PolicyEdgeInit) {
    this.#init = init;
  }

  get target(): EdgeTarget {
    return this.#init.target;
  }

  get to(): string {
    return this.#init.label;
  }

  carry(packet: Packet, from: Activation): Reply | Promise<Reply> {
    const { policy, attempt, label } = this.#init;
    if (policy.retry !== undefined) return this.#repeated(packet, from);
    try {
      return attempt(packet, from, edgeDeadline(policy, label, from.deadline), 1).then(undefined, failure);
    } catch (thrown) {
      return failure(thrown);
    }
  }

  async #repeated(packet: Packet, from: Activation): Promise<Reply> {
    const { policy, attempt } = this.#init;
    try {
      const deadline = edgeDeadline(policy, this.#init.label, from.deadline);
      let losses = 0;
      let lostAfterMs = 0;
      for (let number = 1; ; number++) {
        const suspect = losses === 0 ? undefined : await this.#turn(lostAfterMs, from.signal, deadline);
        const startedAt = performance.now();
        try {
          const reply = await attempt(packet, from, deadline, number);
          suspect?.end('through');
          return reply;
        } catch (thrown) {
          const { lost, unseen } = statusOf(thrown);
          suspect?.end(lost ? 'lost' : unseen ? 'unseen' : 'through');
          if (lost) {
            losses += 1;
            lostAfterMs = performance.now() - startedAt;
            if (losses === maxLosses) throw this.#quarantined(packet, thrown);
          }
          if (!this.#repeats(thrown, number)) throw thrown;
          await backOff(policy.retry?.delayMs, number, deadline, from.signal, thrown);
          // Its sender was told already.
          if (from.owner.status === 'ended') return dropped();
        }
      }
    } catch (thrown) {
      return failure(thrown);
    }
  }

  async #turn(lostAfterMs: number, signal: AbortSignal, deadline: number): Promise<Suspect> {
    this.#suspects ??= new Suspects();
    const over = new AbortController();
    const stop = (): void => over.abort();
    const timer = setTimeout(stop, Math.min(Math.max(deadline - Date.now(), 0), maxTimerMs));
    if (signal.aborted) stop();
    onAbort(signal, stop);
    try {
      return await this.#suspects.turn(lostAfterMs, over.signal);
    } finally {
      clearTimeout(timer);
      offAbort(signal, stop);
    }
  }

  /** No code that anybody would repeat it for. */
  #quarantined({ id }: Packet, cause: unknown): StatusError {
    const { label } = this.#init;
    return new StatusError(
      Code.FAILED_PRECONDITION,
      `Packet ${id} is sent to ${label} no more: the connection was lost under it ${maxLosses} times, and it may be what the node dies of`,
      { details: [errorInfo({ reason: 'QUARANTINED', domain: errorDomain, metadata: { packet: id } })], cause },
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
  if (signal.aborted) throw thrown;
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(thrown);
    };
    const timer = setTimeout(() => {
      offAbort(signal, stop);
      resolve();
    }, wait);
    onAbort(signal, stop);
  });
}

/** What failed, as a reply: a status without the address it was called at, which is in the log of whoever needs it. */
function failure(thrown: unknown): StatusError {
  if (thrown instanceof StatusError) return thrown;
  const { code, message } = statusOf(thrown);
  return new StatusError(code === Code.OK ? Code.UNKNOWN : code, message || codeName(code), { cause: thrown });
}
