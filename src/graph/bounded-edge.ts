import { CallNode } from '../core/call.ts';
import { CancelReason } from '../core/cancel-reason.ts';
import { Cancellation } from '../core/cancellation.ts';
import { runIn } from '../core/current.ts';
import { isPromise } from '../core/requests.ts';
import { StatusError } from '../core/status-error.ts';
import type { Activation } from '../nodes/activation.ts';
import type { InPort } from '../nodes/in-port.ts';
import type { Edge } from '../nodes/node.ts';
import { orCancelled } from '../nodes/or-cancelled.ts';
import type { Packet } from '../nodes/packet.ts';
import type { Reply } from '../nodes/reply.ts';
import type { EdgePolicy } from './edge.ts';
import { edgeDeadline } from './edge-deadline.ts';

export interface BoundedEdgeInit {
  /** How messages name the target. */
  readonly label: string;
  readonly policy: EdgePolicy;
  readonly target: InPort;
}

/** An edge within this process that only bounds the time: a function call with a deadline of its own. */
export class BoundedEdge implements Edge {
  readonly #init: BoundedEdgeInit;

  constructor(init: BoundedEdgeInit) {
    this.#init = init;
  }

  get target(): InPort {
    return this.#init.target;
  }

  get to(): string {
    return this.#init.label;
  }

  carry(packet: Packet, from: Activation): Reply | Promise<Reply> {
    const { policy, label, target } = this.#init;
    const { call: outer, owner, run } = from;
    let deadline: number;
    try {
      deadline = edgeDeadline(policy, label, outer.deadline);
    } catch (thrown) {
      return thrown;
    }
    const cancellation = new Cancellation({ deadline, parent: outer.cancellation });
    // Closed here, and not with all others at the end of the run, which may be a long stream.
    const call = new CallNode(outer.exchange, outer, { cancellation });
    const reply = runIn(call, () => target.receive(packet, owner, call, run, from));
    const end = (settled: Reply): Reply => {
      cancellation.close();
      return settled instanceof CancelReason ? asAnswer(settled) : settled;
    };
    return isPromise(reply) ? orCancelled(call, reply).then(end) : end(reply);
  }
}

/** The end of this part of the run is a reply to the rest of it. */
function asAnswer({ code, statusMessage, details }: CancelReason): StatusError {
  return new StatusError(code, statusMessage, { details });
}
