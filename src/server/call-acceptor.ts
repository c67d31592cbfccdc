import type { Accepted, Acceptor, Incoming } from '../core/acceptor.ts';
import { type CallNode, createCall } from '../core/call.ts';
import { CancelReason } from '../core/cancel-reason.ts';
import { Cancellation } from '../core/cancellation.ts';
import { Code } from '../core/code.ts';
import { runIn } from '../core/current.ts';
import { earliest } from '../core/deadline.ts';
import { type Method, streamsResponses } from '../core/method.ts';
import { checkSingleResponse } from '../core/response-count.ts';
import type { Session } from '../core/session.ts';
import { type Status, statusFrom } from '../core/status.ts';
import { statusOf } from '../core/status-error.ts';
import { unwound } from '../core/unwound.ts';
import type { Logger } from '../observability/logger.ts';
import { outgoingStatus } from '../transport/outgoing-status.ts';
import { RunningCalls } from './drain.ts';
import { type RouteDefaults, RouteTable, type ServerRoute } from './route-table.ts';
import type { ServerStats } from './server-options.ts';
import { StreamIdle } from './stream-idle.ts';

/** A handler that goes on for longer after its call does not heed its signal, and takes a slot meanwhile. */
const lateHandlerMs = 1_000;

export interface CallAcceptorOptions extends RouteDefaults {
  forward: readonly string[];
  maxTimeoutMs: number;
  maxHandlers: number;
  logger: Logger;
}

/** Takes the calls that transports bring, and has them until their callers know how they ended. */
export class CallAcceptor implements Acceptor {
  readonly routes: RouteTable;
  readonly running = new RunningCalls();
  /** New calls get UNAVAILABLE. */
  refusing = false;
  readonly #forward: readonly string[];
  readonly #maxTimeoutMs: number;
  readonly #maxHandlers: number;
  readonly #logger: Logger;
  #handlers = 0;
  #lateCalls = 0;

  constructor({ forward, maxTimeoutMs, maxHandlers, logger, ...defaults }: CallAcceptorOptions) {
    this.#forward = forward.map((key) => key.toLowerCase());
    this.#maxTimeoutMs = maxTimeoutMs;
    this.#maxHandlers = maxHandlers;
    this.#logger = logger;
    this.routes = new RouteTable(defaults, {
      started: () => {
        this.#handlers += 1;
      },
      settled: ({ method }, { lateMs, thrown }) => {
        this.#handlers -= 1;
        if (lateMs === undefined) return;
        const level = lateMs > lateHandlerMs ? 'warn' : 'debug';
        logger[level]('handler settled after its call had ended', { method: method.path, lateMs, error: thrown });
      },
    });
  }

  get stats(): ServerStats {
    return { handlers: this.#handlers, lateCalls: this.#lateCalls };
  }

  route(path: string): ServerRoute {
    return this.routes.get(path);
  }

  accept(route: ServerRoute, incoming: Incoming): Accepted {
    const { method } = route;
    const bounded = streamsResponses(method.kind) || !method.known;
    const deadline = bounded ? incoming.deadline : earliest(incoming.deadline, Date.now() + this.#maxTimeoutMs);
    const cancellation = new Cancellation({ deadline });
    const idle = bounded ? StreamIdle.of(route.streamIdleMs, sessionOf(incoming)) : undefined;
    const call = createCall({
      method,
      side: 'server',
      peer: incoming.peer,
      authority: incoming.authority,
      traffic: incoming.traffic,
      metadata: incoming.metadata,
      cancellation,
      request: incoming.request,
      requests: idle === undefined ? incoming.requests : idle.requests(incoming.requests),
      sink: idle === undefined ? incoming.sink : idle.sink(incoming.sink),
      refusal: incoming.refusal ?? this.#refusal(),
      report: (thrown) => this.#report(call, thrown),
      lateCall: () => this.#madeLate(method),
      forward: this.#forward,
    });
    const running = this.running.add(call, route.background);
    idle?.start(call);
    const outcome = runIn(call, () => route.invoke(call));
    const status = (route.intercepted ? unwound(call, outcome, (late) => this.#unwoundLate(call, late)) : outcome).then(
      (final) => outgoingStatus(checkSingleResponse(call, final), route, this.#logger),
    );
    const sent = (final: Status): void => {
      idle?.stop();
      call.end(final);
      this.running.delete(running);
    };
    return { call, status, sent };
  }

  #madeLate({ path }: Method): void {
    this.#lateCalls += 1;
    this.#logger.debug('call made after the status of its parent was sent', { parent: path });
  }

  #unwoundLate({ method }: CallNode, { code }: Status): void {
    this.#logger.debug('interceptors settled after their call had ended', { method: method.path, code });
  }

  #refusal(): Status | undefined {
    if (this.refusing) return statusOf(new CancelReason('shutdown'));
    if (this.#handlers < this.#maxHandlers) return undefined;
    return statusFrom(Code.RESOURCE_EXHAUSTED, `The server runs ${this.#maxHandlers} handlers already`);
  }

  #report(call: CallNode, thrown: unknown): string {
    const id = crypto.randomUUID().slice(0, 8);
    this.#logger.error('call failed with an error that is not a status', {
      errorId: id,
      method: call.method.path,
      error: thrown,
    });
    return id;
  }
}

function sessionOf({ peer }: Incoming): Session | undefined {
  return (typeof peer === 'function' ? peer() : peer).session;
}
