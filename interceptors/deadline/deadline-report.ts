import {
  type Call,
  Code,
  type Detail,
  ErrorInfo,
  errorInfo,
  findDetail,
  type Status,
  statusFrom,
  streamsRequests,
  streamsResponses,
  withStatus,
} from 'flowrpc';
import { domain, plain, reason, reportedHops, retold, retoldDetails, withoutDebugInfo } from './peer-report.ts';
import { type Spent, timeSpent } from './time-spent.ts';

/** How much a server tells its callers of where the time went. */
export type DeadlineReport = 'methods' | 'addresses';

/** Calls named in a text; of those that took less time only the number is given. */
const maxNamed = 3;
/** What a peer says of its own time; peers further in come last in it, and are cut first. */
const maxQuoteLength = 700;
const maxPathLength = 128;
const maxDetails = 16;

const reported = new WeakSet<Status>();

/** True for a status that says already where the time of this call went. */
export function isReported(status: Status): boolean {
  return reported.has(status);
}

/** A DEADLINE_EXCEEDED that says where the time went: in words, and as `google.rpc.ErrorInfo`, that of this hop first. */
export function report(call: Call, status: Status, totalMs: number, tells: DeadlineReport): Status {
  const told =
    call.side === 'server' ? serverReport(call, status, totalMs, tells) : clientReport(call, status, totalMs);
  reported.add(told);
  return told;
}

/** A call that is refused for want of time, with the numbers. */
export function refusal(call: Call, message: string, ms: Readonly<Record<'leftMs' | 'minimumMs', number>>): Status {
  const method = call.method.path.slice(0, maxPathLength);
  const info = infoOf({ method, leftMs: rounded(ms.leftMs), minimumMs: rounded(ms.minimumMs) });
  const status = statusFrom(Code.DEADLINE_EXCEEDED, message, { details: [info] });
  reported.add(status);
  return status;
}

function serverReport(call: Call, status: Status, totalMs: number, tells: DeadlineReport): Status {
  const now = performance.now();
  const spent = timeSpent(call);
  const list = spent.list(now);
  const path = call.method.path.slice(0, maxPathLength);
  // A handler that passes on what a peer said says nothing of its own.
  const passedOn = list.find(({ failure }) => failure?.message === status.message)?.failure;
  const own = passedOn !== undefined || status.message === '' ? plain : status.message;
  const total = `${own} after ${whole(totalMs)} in ${path}`;
  const [slowest] = list;
  if (slowest === undefined)
    return withStatus(status, {
      message: total,
      details: [infoOf({ method: path, totalMs: rounded(totalMs) }), ...status.details],
    });
  const hereMs = Math.max(0, totalMs - spent.ms(now));
  const named = list
    .slice(0, maxNamed)
    .map((each) => words(each, tells === 'addresses' ? each.failure : passedOn, tells));
  if (list.length > maxNamed) named.push(`+${list.length - maxNamed} more`);
  const info = infoOf({
    method: path,
    totalMs: rounded(totalMs),
    hereMs: rounded(hereMs),
    slowest: slowest.path,
    slowestMs: rounded(slowest.ms),
    ...(tells === 'addresses' && { slowestAddress: slowest.address }),
  });
  const inner = status.details.length > 0 ? status.details : peerDetails(slowest.failure, tells);
  return withStatus(status, {
    message: `${total}: ${whole(hereMs)} here, ${named.join(', ')}`,
    details: [info, ...inner].slice(0, maxDetails),
  });
}

function clientReport(call: Call, status: Status, totalMs: number): Status {
  const { method, peer } = call;
  const path = method.path.slice(0, maxPathLength);
  const details = (more: Readonly<Record<string, string>>): Detail[] =>
    [infoOf({ method: path, totalMs: rounded(totalMs), ...more }), ...status.details].slice(0, maxDetails);
  if (status.origin === 'peer') {
    if (findDetail(status, ErrorInfo)?.domain === domain) return withStatus(status, {});
    const message = `${status.message || plain} after ${whole(totalMs)} in ${path}`;
    return withStatus(status, { message, details: details({}) });
  }
  const target = peer.address.slice(0, maxPathLength);
  const what = status.unseen ? 'before a server saw' : 'waiting for';
  const more = status.message === '' || status.message === plain ? '' : ` (${quote(status.message)})`;
  const message = `${plain} after ${whole(totalMs)}, ${what} ${path} at ${target}${progress(call)}${more}`;
  return withStatus(status, { message, details: details({ target }) });
}

/** How far a stream had come. */
function progress({ method, traffic }: Call): string {
  const parts: string[] = [];
  if (streamsRequests(method.kind)) parts.push(`${traffic.sentMessages} sent`);
  if (streamsResponses(method.kind)) parts.push(`${traffic.receivedMessages} received`);
  return parts.length === 0 ? '' : `, ${parts.join(' and ')}`;
}

/** What a handler kept to itself is told in our words, since a peer's may be meant for this service alone; `open` is quoted as it is. */
function words(spent: Spent, open: Status | undefined, tells: DeadlineReport): string {
  const { path, address, calls, ms, unanswered, failure } = spent;
  const where = tells === 'addresses' && address !== '' ? `${path} at ${address}` : path;
  const count = calls > 1 ? ` (${calls} calls)` : '';
  if (unanswered) return `${whole(ms)} in ${where}${count}, unanswered`;
  // What a failure on the way to a peer says may name addresses.
  if (failure?.code !== Code.DEADLINE_EXCEEDED || failure.origin !== 'peer') return `${whole(ms)} in ${where}${count}`;
  const text = failure === open ? failure.message : retold(reportedHops(failure));
  return `${whole(ms)} in ${where}${count}${text === undefined ? '' : ` (${quote(text)})`}`;
}

function peerDetails(failure: Status | undefined, tells: DeadlineReport): readonly Detail[] {
  if (failure?.origin !== 'peer') return [];
  return tells === 'addresses' ? withoutDebugInfo(failure.details) : retoldDetails(reportedHops(failure));
}

function infoOf(metadata: Readonly<Record<string, string>>): Detail {
  return errorInfo({ reason, domain, metadata });
}

function quote(text: string): string {
  return text.length > maxQuoteLength ? `${text.slice(0, maxQuoteLength).toWellFormed()}…` : text;
}

function whole(ms: number): string {
  return `${rounded(ms)} ms`;
}

function rounded(ms: number): string {
  return String(Math.round(ms));
}
