import { type Call, type Context, key, remaining } from 'flowrpc';

interface Bounds {
  /** The server itself gave the call less time than its caller did. */
  own: boolean;
  /** When what the caller gave is used up for what is further in, epoch milliseconds. */
  callerUntil: number;
}

const boundsKey = key('bounds of a deadline', {
  perCall: (): Bounds => ({ own: false, callerUntil: Number.POSITIVE_INFINITY }),
});

/** Clocks are read to the millisecond, and what is further in may end a moment earlier. */
const slackMs = 5;

/** A call got less time than its caller gave it. */
export function boundHere(call: Call): void {
  const bounds = call.side === 'server' ? call.get(boundsKey) : undefined;
  if (bounds !== undefined) bounds.own = true;
}

/** Of the time that its caller gave, a call gets so many milliseconds: the rest is kept back. A call inside a server call tells that. */
export function boundByCaller(call: Call, ms: number): void {
  const served = call.side === 'server' ? call : call.parent;
  if (served === undefined || served.deadline > call.deadline) return;
  const bounds = served.get(boundsKey);
  if (bounds !== undefined) bounds.callerUntil = Math.min(bounds.callerUntil, Date.now() + ms);
}

/** Whether the time that its caller gave a server call is over, and not that of a nearer bound of the server's own. */
export function callersTimeIsOver(call: Context): boolean {
  const bounds = call.get(boundsKey);
  if (bounds?.own) return false;
  return remaining(Math.min(call.deadline, bounds?.callerUntil ?? Number.POSITIVE_INFINITY)) <= slackMs;
}
