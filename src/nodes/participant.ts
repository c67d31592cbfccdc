import { type CallNode, nodeOf } from '../core/call.ts';
import { CancelReason } from '../core/cancel-reason.ts';
import { Cancellation } from '../core/cancellation.ts';
import { Code } from '../core/code.ts';
import { ok } from '../core/status.ts';
import { statusOf } from '../core/status-error.ts';
import type { Node } from './node.ts';
import { Process } from './process.ts';
import { carriedProcessKey, depthKey, type ProcessIdentity } from './process-id.ts';
import { separateCall } from './separate-call.ts';

/**
 * The part that a runtime takes in a process: what all streams share that edges of the process opened to nodes here. It ends with the last
 * of those that come from nearer to where the process began: well, or badly as soon as any of them all does. The others may lead back
 * from what it opened itself, and end when it does; nobody waits in a circle, since each waits only for who is nearer.
 */
export class Participant {
  readonly process: Process;
  /** How many streams lead from where the process began to here. */
  readonly #depth: number;
  readonly #onEnd: () => void;
  /** A call of its own, when several streams share the process: no stream's end is that of the process. */
  readonly #shared: boolean;
  /** Streams under way that come from nearer. */
  #outer = 0;
  #exiting = false;
  #held = false;
  #failure: Error | undefined;

  constructor(process: Process, { shared = false, onEnd = () => {} }: { shared?: boolean; onEnd?: () => void } = {}) {
    this.process = process;
    this.#depth = depthOf(process.call);
    this.#shared = shared;
    this.#onEnd = onEnd;
  }

  /** The process began here, and ends by itself. */
  hold(): void {
    this.#held = true;
  }

  /** A stream begins at a node. */
  enter(node: Node, call: CallNode): void {
    this.process.enter(node);
    if (this.#isOuter(call)) this.#outer += 1;
  }

  /**
   * The stream of a call ends. The last one from nearer ends the process, and gets the error of an exit hook that failed; so whoever it was
   * opened by is told, and by that in the end where the process began.
   */
  leave(call: CallNode, failure: Error | undefined): Error | undefined | Promise<Error | undefined> {
    if (this.#isOuter(call)) this.#outer -= 1;
    // What breaks once the process ends well changes nothing about that.
    if (this.#held || this.#exiting) return undefined;
    this.#failure ??= failure;
    if (failure !== undefined && this.#shared) this.process.call.cancellation.cancel(partOf(failure));
    return this.#outer > 0 ? undefined : this.#exit(call);
  }

  #isOuter(call: CallNode): boolean {
    return depthOf(call) <= this.#depth;
  }

  async #exit({ cancellation }: CallNode): Promise<Error | undefined> {
    this.#exiting = true;
    this.#onEnd();
    const cut = (reason: CancelReason): void => this.process.call.cancellation.cancel(partOf(reason));
    if (this.#shared) cancellation.on(cut);
    const failure = await this.process.exit(this.#failure);
    if (this.#shared) {
      cancellation.off(cut);
      const error = this.#failure ?? failure;
      this.process.call.end(error === undefined ? ok() : statusOf(error));
    }
    return failure;
  }
}

/** The processes of other runtimes that are at work here, and those begun here that others may come back to. */
export class Participants {
  readonly #byId = new Map<string, Participant>();

  get size(): number {
    return this.#byId.size;
  }

  /** What a stream takes part in: the process that a trusted caller named, or one of its own. */
  join(entry: Node, call: CallNode): Participant {
    const identity = call.get(carriedProcessKey);
    const participant =
      identity === undefined ? new Participant(new Process(entry, call)) : this.#named(entry, call, identity);
    participant.enter(entry, call);
    return participant;
  }

  /** Lets streams of other runtimes come back to a process that began here, until it ends. */
  host(process: Process): void {
    const { id } = process;
    if (this.#byId.has(id)) return;
    const participant = new Participant(process);
    participant.hold();
    this.#byId.set(id, participant);
    process.onExit(() => {
      if (this.#byId.get(id) === participant) this.#byId.delete(id);
    });
  }

  #named(entry: Node, call: CallNode, identity: ProcessIdentity): Participant {
    const known = this.#byId.get(identity.id);
    if (known !== undefined) return known;
    const { id } = identity;
    const participant: Participant = new Participant(new Process(entry, callOfItsOwn(call, identity)), {
      shared: true,
      onEnd: () => {
        if (this.#byId.get(id) === participant) this.#byId.delete(id);
      },
    });
    this.#byId.set(id, participant);
    return participant;
  }
}

/** Deadline, metadata and trace of the stream that came first; cancelled by whoever leaves badly. */
function callOfItsOwn(from: CallNode, identity: ProcessIdentity): CallNode {
  const call = separateCall(from, identity, new Cancellation({ deadline: from.deadline }));
  return nodeOf(call.with(carriedProcessKey, identity).with(depthKey, depthOf(from)));
}

function depthOf(call: CallNode): number {
  return call.get(depthKey) ?? 0;
}

function partOf(failure: Error): CancelReason {
  if (failure instanceof CancelReason && failure.kind === 'deadline') return failure;
  const { code, message } = statusOf(failure);
  return new CancelReason('parent', message, { code: code || Code.UNKNOWN, cause: failure });
}
