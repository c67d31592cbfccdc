import { type Call, CancelReason, type Invoke, type Status, streamsResponses } from 'flowrpc';
import { longestTimerMs } from '../calls/longest-timer.ts';

/** Carries out an attempt that must answer in time: with its one response, or with the first sign of its stream. */
export function attemptWithin(ms: number, call: Call, next: Invoke): Promise<Status> {
  return streamsResponses(call.method.kind) ? untilFirst(ms, call, next) : next(call.withTimeout(ms));
}

/** Once a stream has begun it may take as long as the call; what it began with cannot be taken back in any case. */
async function untilFirst(ms: number, call: Call, next: Invoke): Promise<Status> {
  const controller = new AbortController();
  const cut = (): void => controller.abort(new CancelReason('deadline'));
  const timer = ms > longestTimerMs ? undefined : setTimeout(cut, ms);
  const attempt = call.withSignal(controller.signal).withResponses({
    header: (header) => {
      clearTimeout(timer);
      call.sendHeader(header);
    },
    message: (message) => {
      clearTimeout(timer);
      return call.respond(message);
    },
  });
  try {
    return await next(attempt);
  } finally {
    clearTimeout(timer);
  }
}
