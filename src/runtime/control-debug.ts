import { Code, codeName } from '../core/code.ts';
import { StatusError, statusOf } from '../core/status-error.ts';
import type { Breakpoint as BreakpointMessage, DebugRequest, DebugResponse } from '../wire/gen/flowrpc/v1/debug.ts';
import type { Breakpoint, BreakpointInit } from './breakpoint.ts';
import { rawFrame, rawStatus } from './control-frame.ts';
import type { Raw } from './control-service.ts';
import { createDebugger, type DebugEvent, type Debugger } from './debugger.ts';
import { Feed } from './feed.ts';
import type { FrameLease } from './frame-lease.ts';
import type { Observable } from './observable.ts';

type Request = Raw<DebugRequest>;
type Response = Raw<DebugResponse>;
type Command = NonNullable<Request['command']>;

export interface DebugHandlerOptions {
  readonly graph: Observable;
  /** Records while somebody debugs, so that frames can be listed. */
  readonly frames: FrameLease;
  /** Default 30 s. */
  readonly heartbeatMs?: number;
}

/** Answers and events that may wait for a slow debugger. */
const capacity = 10_000;

/** The handler of Control's Debug: a debugger that lives as long as the call. */
export function debugHandler({ graph, frames, heartbeatMs = 30_000 }: DebugHandlerOptions) {
  return async function* debug(
    requests: AsyncIterable<Request>,
    { signal }: { readonly signal: AbortSignal },
  ): AsyncGenerator<Response> {
    const release = frames.take();
    const responses = new Feed<Response>({ capacity });
    // In one row with the answers: what a command brings about is told before it is done.
    const onEvent = (event: DebugEvent): void => responses.push(responseOf(event));
    const debug = createDebugger(graph, { signal, heartbeatMs, onEvent, onClose: () => responses.end() });
    let left = false;
    try {
      obey(requests, debug, responses).finally(() => {
        left = true;
        debug.close();
      });
      for await (const { item } of responses) yield item;
    } finally {
      debug.close();
      release();
    }
    if (!left && !signal.aborted)
      throw new StatusError(
        Code.ABORTED,
        `The debugger said nothing for ${heartbeatMs / 1_000} s, what it held goes on`,
      );
  };
}

/** Does what is asked, until nothing more is. Never rejects. */
async function obey(requests: AsyncIterable<Request>, debug: Debugger, responses: Feed<Response>): Promise<void> {
  try {
    for await (const { id, command } of requests) {
      const answer = answerOf(id, command, debug);
      if (id !== 0) responses.push({ event: answer });
    }
  } catch {
    // The caller went away: the call has ended already.
  }
}

function answerOf(id: number, command: Command | undefined, debug: Debugger): NonNullable<Response['event']> {
  try {
    const breakpoints = obeyOne(command, debug).map(messageOf);
    return { case: 'done', value: { id, breakpoints } };
  } catch (thrown) {
    const { code, message } =
      thrown instanceof RangeError ? { code: Code.RESOURCE_EXHAUSTED, message: thrown.message } : statusOf(thrown);
    return { case: 'failed', value: { id, status: rawStatus({ code: codeName(code), message }) } };
  }
}

/** Gives the breakpoints that the answer tells. */
function obeyOne(command: Command | undefined, debug: Debugger): readonly Breakpoint[] {
  switch (command?.case) {
    case 'break':
      return [debug.add(breakpointOf(command.value.breakpoint))];
    case 'remove':
      found(debug.remove(command.value.breakpoint || undefined), command.value.breakpoint, 'breakpoint');
      return [];
    case 'continue':
      found(debug.continue(command.value.hit || undefined), command.value.hit, 'held packet');
      return [];
    case 'step':
      if (!debug.step(command.value.hit || undefined))
        throw new StatusError(
          Code.NOT_FOUND,
          command.value.hit === 0 ? 'No packet is held' : missing(command.value.hit, 'held packet'),
        );
      return [];
    case 'pause':
      debug.pause(command.value.process);
      return [];
    case 'list':
      return debug.breakpoints;
    case 'heartbeat':
      debug.heartbeat();
      return [];
    default:
      throw new StatusError(Code.INVALID_ARGUMENT, 'The request has no command that is known here');
  }
}

function found(count: number, id: number, what: string): void {
  if (id !== 0 && count === 0) throw new StatusError(Code.NOT_FOUND, missing(id, what));
}

function missing(id: number, what: string): string {
  return `There is no ${what} ${id}`;
}

function breakpointOf(message: BreakpointMessage | undefined): BreakpointInit {
  const { process, node, inPort, outPort } = message ?? { process: '', node: '', inPort: '', outPort: '' };
  return { ...(process && { process }), ...(node && { node }), ...(inPort && { inPort }), ...(outPort && { outPort }) };
}

function messageOf({ id, process = '', node = '', inPort = '', outPort = '', hits }: Breakpoint): BreakpointMessage {
  return { id, process, node, inPort, outPort, hits: BigInt(hits) };
}

function responseOf(event: DebugEvent): Response {
  switch (event.type) {
    case 'held': {
      const { id, reason, breakpoint = 0, frame } = event.hold;
      return { event: { case: 'hit', value: { id, breakpoint, reason, frame: rawFrame(frame) } } };
    }
    case 'released':
      return { event: { case: 'released', value: { hit: event.hold, reason: event.reason } } };
    case 'ended': {
      const { process, error } = event;
      return { event: { case: 'ended', value: { process, ...(error && { error: rawStatus(error) }) } } };
    }
  }
}
