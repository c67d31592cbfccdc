import {
  type Call,
  Code,
  type Context,
  checkOptions,
  type ErrorCode,
  ErrorInfo,
  findDetail,
  type Interceptor,
  retryInfo,
  type Status,
  statusFrom,
  streamsResponses,
} from 'flowrpc';
import { atOnce, harmless } from './calls/harmless.ts';
import { Circuit, type CircuitPolicy, type CircuitState } from './circuit-breaker/circuit.ts';
import { CircuitTable } from './circuit-breaker/circuit-table.ts';
import { callersTimeIsOver } from './deadline/whose-deadline.ts';

export interface CircuitBreakerOptions {
  /** So many failures without a success between them open the circuit; `Infinity` for never. */
  consecutiveFailures?: number;
  /** So large a share of failures opens it, once `minimumCalls` ended within `windowMs`. */
  failureRate?: number;
  minimumCalls?: number;
  windowMs?: number;
  /** How long calls fail at once before one is tried. */
  openMs?: number;
  /** How many calls are tried at a time, and must succeed, before all may pass again. */
  probes?: number;
  /** The codes that speak against a target. */
  codes?: readonly ErrorCode[];
  /** What has a circuit of its own. Default: a client's targets, a server's methods. Undefined lets the call pass; a promise is a TypeError. */
  key?: (call: Context) => string | undefined;
  /** Circuits kept; beyond it the one that was used longest ago is forgotten. */
  maxCircuits?: number;
  /** Told of each change. What it throws, or rejects with, is a warning of the process. */
  onChange?: (change: CircuitChange) => void;
}

export interface CircuitChange {
  /** The circuit's key: a client's target, a server's method. */
  readonly key: string;
  readonly from: CircuitState;
  readonly to: CircuitState;
  /** Such as `5 calls in a row failed`. */
  readonly why: string;
}

/** The interceptor, which can also be asked. */
export interface CircuitBreaker extends Interceptor {
  /** How the circuit of a key stands; `closed` for one that was not used. */
  state(key: string): CircuitState;
  /** The keys that have a circuit. */
  keys(): string[];
}

const optionNames = [
  'consecutiveFailures',
  'failureRate',
  'minimumCalls',
  'windowMs',
  'openMs',
  'probes',
  'codes',
  'key',
  'maxCircuits',
  'onChange',
];

/**
 * Stops calling what fails again and again: calls end with UNAVAILABLE at once until `openMs` have passed; then a few are tried, and
 * their success lets all pass. Inside of `retry()` each attempt counts, and none is made while the circuit is open.
 */
export function circuitBreaker({
  consecutiveFailures = 5,
  failureRate = 0.5,
  minimumCalls = 20,
  windowMs = 10_000,
  openMs = 5_000,
  probes = 1,
  codes = [Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED],
  key = circuitKey,
  maxCircuits = 1_000,
  onChange,
  ...rest
}: CircuitBreakerOptions = {}): CircuitBreaker {
  checkOptions('circuitBreaker', rest, optionNames);
  checkLeast(1, { consecutiveFailures, minimumCalls, probes, maxCircuits, windowMs, openMs });
  if (!(failureRate > 0 && failureRate <= 1))
    throw new RangeError(`Cannot break circuits at failureRate ${failureRate}: wanted a share above 0, 1 at most`);
  const policy: CircuitPolicy = { consecutiveFailures, failureRate, minimumCalls, windowMs, openMs, probes };
  const failing = new Set<Code>(codes);
  const circuits = new CircuitTable(maxCircuits, (name) => {
    return new Circuit(policy, (from, to, why) => {
      // Whoever watches must not decide how calls end.
      if (onChange !== undefined)
        harmless('onChange of circuitBreaker()', () => onChange({ key: name, from, to, why }));
    });
  });

  const interceptor: Interceptor = async function circuitBreaker(call, next) {
    const name = atOnce('the key of circuitBreaker()', key(call));
    if (name === undefined) return next(call);
    const circuit = circuits.get(name);
    const passage = circuit.enter();
    if (passage === undefined) return refused(call, name, circuit);
    const tried = passage.probe && streamsResponses(call.method.kind) ? answering(call, passage.end) : call;
    const status = await next(tried);
    passage.end(verdict(status, call, failing));
    return status;
  };
  return Object.assign(interceptor, {
    state: (name: string) => circuits.find(name)?.state ?? 'closed',
    keys: () => circuits.keys(),
  });
}

function circuitKey({ side, peer, method }: Context): string | undefined {
  if (side === 'client') return peer.address;
  // Strangers choose the paths that nobody registered.
  return method.known ? method.path : undefined;
}

/** A stream may go on for hours: its first message says that the target is back. */
function answering(call: Call, end: (succeeded: boolean) => void): Call {
  return call.mapResponses((message) => {
    end(true);
    return message;
  });
}

function verdict(status: Status, call: Call, failing: ReadonlySet<Code>): boolean | undefined {
  const { code, origin, unseen } = status;
  const { side } = call;
  if (side === 'server' && failing.has(code) && isCallersDoing(status, call)) return undefined;
  // A call that was over before it was sent says nothing about where it would have gone.
  if (failing.has(code)) return unseen && code !== Code.UNAVAILABLE ? undefined : false;
  if (code === Code.CANCELLED) return undefined;
  return code === Code.OK || side === 'server' || origin === 'peer' ? true : undefined;
}

/** Who gives a server no time, or goes away, must not close a method to everybody else. */
function isCallersDoing(status: Status, call: Call): boolean {
  if (status.code === Code.CANCELLED) return call.signal.aborted;
  if (status.code !== Code.DEADLINE_EXCEEDED) return false;
  // What `deadline()` refuses at once, here or further in, had too little time from the start.
  const info = findDetail(status, ErrorInfo);
  const refused = info?.domain === 'flowrpc' && info.metadata.minimumMs !== undefined;
  return refused || callersTimeIsOver(call);
}

/** On clients a retry outside of the breaker is told to stop; remote ones learn when to come back (gRFC A6). */
function refused({ side }: Call, name: string, circuit: Circuit): Status {
  const waitMs = Math.ceil(circuit.waitMs());
  const why = circuit.why === '' ? '' : ` after ${circuit.why}`;
  const when = circuit.state === 'open' ? `next try in ${waitMs} ms` : 'a trial call is under way';
  const seconds = Math.floor(waitMs / 1_000);
  return statusFrom(Code.UNAVAILABLE, `Circuit of ${name} is ${circuit.state}${why}: ${when}`, {
    details: [retryInfo({ retryDelay: { seconds, nanos: (waitMs % 1_000) * 1_000_000 } })],
    trailer: { 'grpc-retry-pushback-ms': side === 'client' ? '-1' : String(waitMs) },
  });
}

function checkLeast(least: number, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === 'number' && value >= least) continue;
    throw new RangeError(`Cannot break circuits with ${name} ${String(value)}: wanted ${least} or more`);
  }
}
