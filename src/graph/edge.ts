import { type Code, codeByName, Code as codes } from '../core/code.ts';
import { maxTimerMs } from '../core/deadline.ts';
import { type Duration, parseDuration } from '../nodes/duration.ts';
import { isName, parsePort } from '../nodes/names.ts';
import { isId } from '../stores/document-id.ts';
import { formatPath } from '../wire/yaml/position.ts';
import { quote } from './problems.ts';
import { dropped, listOf, type Rule, record, required, rule } from './rules.ts';

/** One end of an edge as written under `ports`, with the policy of the edge. */
export interface PortTarget {
  /** The target node, by id or by name; of a service outside this graph the full name. */
  readonly id?: string;
  readonly name?: string;
  /** In-port of the target node, or the method of a service outside. */
  readonly port: string;
  /** Address of a service outside this graph: `dns:///users:50051`. */
  readonly target?: string;
  /** Proto file that declares the service outside; left out: asked by reflection. */
  readonly proto?: string;
  readonly timeout?: Duration;
  readonly retry?: EdgeRetry;
  /** The target may be asked the same thing twice. */
  readonly idempotent?: boolean;
  /** Metadata keys of the incoming call that go along. */
  readonly forward?: readonly string[];
  /** Time kept back for what comes after this edge. */
  readonly reserve?: Duration;
  /** Refused at once when less time than this is left. */
  readonly minimum?: Duration;
}

export interface EdgeRetry {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** Status codes to retry beside refusals by the transport; for idempotent targets only. */
  readonly codes?: readonly string[];
  readonly delay?: Duration;
}

/** An edge's policy in units that code uses. */
export interface EdgePolicy {
  readonly timeoutMs?: number;
  readonly reserveMs?: number;
  readonly minimumMs?: number;
  readonly retry?: { readonly attempts: number; readonly codes: readonly Code[]; readonly delayMs?: number };
  readonly idempotent: boolean;
  /** Lower-case metadata keys. */
  readonly forward: readonly string[];
}

/** The policy of an edge that was read without problems; what is left out has no bound. */
export function edgePolicy({
  timeout,
  reserve,
  minimum,
  retry,
  idempotent = false,
  forward = [],
}: PortTarget): EdgePolicy {
  return {
    ...milliseconds({ timeoutMs: timeout, reserveMs: reserve, minimumMs: minimum }),
    ...(retry !== undefined && {
      retry: {
        attempts: retry.attempts,
        codes: (retry.codes ?? []).flatMap((name) => codeByName(name) ?? []),
        ...milliseconds({ delayMs: retry.delay }),
      },
    }),
    idempotent,
    forward: forward.map((key) => key.toLowerCase()),
  };
}

/** How people read an edge's end: `"greet"`, or the service and where it is. */
export function targetLabel({ id, name, target }: PortTarget): string {
  const label = quote(name ?? id ?? '');
  return target === undefined ? label : `${label} at ${target}`;
}

function milliseconds<K extends string>(durations: Record<K, Duration | undefined>): { [P in K]?: number } {
  const given: { [P in K]?: number } = {};
  for (const key of Object.keys(durations) as K[]) {
    const ms = parseDuration(durations[key]);
    if (ms !== undefined) given[key] = ms;
  }
  return given;
}

const serviceGrammar = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;
const addressGrammar = /^(?:(?:dns|ipv4|ipv6|unix):\S+|[^\s/:]+:\d{1,5}|\[[0-9A-Fa-f:.]+\]:\d{1,5})$/;
const metadataKeyGrammar = /^(?!grpc-)[0-9a-z_.-]+$/i;

const duration = rule('a duration such as "200ms" or "1m30s", of at most 24 days', (value) => {
  const ms = parseDuration(value);
  return ms !== undefined && ms <= maxTimerMs;
});
const positive = rule('a duration above zero such as "200ms" or "1m30s", of at most 24 days', (value) => {
  const ms = parseDuration(value);
  return ms !== undefined && ms > 0 && ms <= maxTimerMs;
});
const text = (wanted: string, grammar: RegExp): Rule =>
  rule(wanted, (value) => typeof value === 'string' && grammar.test(value));

const retry = record('a mapping such as { attempts: 3 }', {
  attempts: required(
    rule(
      'a whole number from 1 to 100',
      (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 100,
    ),
  ),
  codes: listOf('a list of status codes', rule('the name of a status code such as UNAVAILABLE', isErrorCode)),
  delay: duration,
});

const fields = record('a mapping such as { name: greet, port: in }', {
  id: rule('a UUID', isId),
  name: text('the name of a node, or of a service as in "users.v1.Users"', /^(?:[A-Za-z_][\w.-]*|\$\d{1,5})$/),
  port: required(
    rule('a port such as "in" or "in[0]"', (value) => typeof value === 'string' && parsePort(value) !== undefined),
  ),
  target: text('an address such as "dns:///users:50051"', addressGrammar),
  proto: text('the path of a proto file', /^[^\0]+$/),
  timeout: positive,
  retry,
  idempotent: rule('true or false', (value) => typeof value === 'boolean'),
  forward: listOf('a list of metadata keys', text('a metadata key such as "x-tenant"', metadataKeyGrammar)),
  reserve: duration,
  minimum: duration,
});

/** Reads one end of an edge; one that does not say where it goes is left out whole. */
export const portTarget: Rule = {
  wanted: fields.wanted,
  read(value, path, report) {
    const read = fields.read(value, path, report);
    if (read === undefined || read === dropped) return read;
    const target = read as PortTarget;
    const written = value as PortTarget;
    const lost = (['id', 'name', 'target'] as const).some(
      (key) => written[key] !== undefined && target[key] === undefined,
    );
    if (lost) return dropped;
    const fault = faultOf(target);
    if (fault === undefined) return target;
    report(`${formatPath(path)} ${fault.reason}`, path, fault.suggestion);
    return dropped;
  },
};

function faultOf({ id, name, target, proto }: PortTarget): { reason: string; suggestion: string } | undefined {
  if (target !== undefined) {
    if (id !== undefined) return { reason: 'has "id" beside "target"', suggestion: 'remove it' };
    if (name !== undefined && serviceGrammar.test(name)) return undefined;
    return {
      reason: 'has "target" without the full name of a service',
      suggestion: 'write it as in "name: users.v1.Users"',
    };
  }
  if (proto !== undefined) {
    return { reason: 'has "proto" without "target"', suggestion: 'add "target" or remove "proto"' };
  }
  if (name === undefined && id === undefined) return { reason: 'names no node', suggestion: 'add "name" or "id"' };
  if (name === undefined || isName(name) || isInnerName(name)) return undefined;
  return {
    reason: `names ${quote(name)}, as no node can be named`,
    suggestion: 'add "target" for a service outside this graph',
  };
}

/** What a node of a block is called that has no name of its own: `$0` is the first of them. */
export function isInnerName(name: string): boolean {
  return /^\$\d{1,5}$/.test(name);
}

function isErrorCode(value: unknown): boolean {
  const code = typeof value === 'string' ? codeByName(value) : undefined;
  return code !== undefined && code !== codes.OK;
}
