import { type Method, rawMethod } from '../core/method.ts';
import { matching } from '../core/method-match.ts';
import { type Problem, problem } from '../graph/problems.ts';
import type { ResolvedNode } from '../graph/resolved.ts';
import type { NodeKind } from '../nodes/kind.ts';
import { methodName, streamMethodName } from '../nodes/names.ts';
import { ControlService } from '../runtime/control-service.ts';
import { health, reflection } from '../services/index.ts';
import { formatPath, type Path, positionOf } from '../wire/yaml/position.ts';
import { halfDenied, type PortMethods } from './config-half-denied.ts';
import type { InterceptorEntry } from './config-interceptors.ts';
import { type MethodMatch, matchOf } from './config-match.ts';
import type { ServeConfig } from './config-rules.ts';

/**
 * What `only` and `except` of a config file miss in a graph without errors: a match that fits no method there is, and an entry
 * that is for none. For `auth` and `authz` that is an error, since the gate that was meant stands open; elsewhere a warning. A gate
 * for one of an in-port's two methods is a warning. Edges lead to services that nobody knows here, and are left out.
 */
export function reachProblems(config: ServeConfig, nodes: readonly ResolvedNode<NodeKind>[]): Problem[] {
  const methodsOf = (ports: readonly PortMethods[]): Method[] => ports.flatMap(({ unary, stream }) => [unary, stream]);
  // What is inside of a block is no service, and yet a node.
  const ports = nodes.filter(({ block }) => block === undefined).flatMap(portsOf);
  const sources = nodes.filter(({ inputs }) => inputs?.length === 0);
  const known = {
    server: [...methodsOf(ports), ...ofTools()],
    nodes: [...methodsOf(nodes.flatMap(portsOf)), ...sources.map(startOf)],
  };
  return (['server', 'nodes'] as const).flatMap((place) =>
    (config.interceptors?.[place] ?? []).flatMap((entry, index) =>
      problemsOf(entry, known[place], ports).map(({ at, reason, severity }) => {
        const path: Path = ['interceptors', place, index, at];
        const what = severity === 'error' ? 'Cannot use the configuration' : 'Configuration';
        const message = `${what}: ${formatPath(path)} ${reason}`;
        return problem(message, { at: positionOf(config, path), severity });
      }),
    ),
  );
}

interface Fault {
  /** Key of the entry. */
  readonly at: string;
  readonly reason: string;
  readonly severity: Problem['severity'];
}

function problemsOf(entry: InterceptorEntry, known: readonly Method[], ports: readonly PortMethods[]): Fault[] {
  const { name, only, except } = entry;
  const gate = name === 'auth' || name === 'authz';
  const severity = gate ? 'error' : 'warning';
  const faults: Fault[] = [];
  const idle = (match: MethodMatch | undefined): MethodMatch[] =>
    [match ?? []].flat().filter((one) => ![...known, stranger].some((method) => fits(one, method)));
  for (const one of idle(only))
    faults.push({ at: 'only', reason: `has ${shown(one)}, which fits no method`, severity });
  for (const one of idle(except))
    faults.push({ at: 'except', reason: `has ${shown(one)}, which fits no method`, severity: 'warning' });
  const stands = (method: Method): boolean =>
    (only === undefined || fits(only, method)) && !(except !== undefined && fits(except, method));
  if (faults.length === 0 && (only ?? except) !== undefined && ![...known, stranger].some(stands))
    faults.push({ at: name, reason: 'is for no method', severity });
  if (!gate) return faults;
  for (const { unary, stream } of ports) {
    for (const [named, other] of [
      [unary.path, stream],
      [stream.path, unary],
    ] as const) {
      if (![only ?? []].flat().includes(named) || stands(other)) continue;
      const reason = `names ${named} and leaves ${other.path} open, wanted "/${other.service}/*"`;
      faults.push({ at: 'only', reason, severity: 'warning' });
    }
  }
  const halves = name === 'authz' ? halfDenied(entry.options, ports) : [];
  return [...faults, ...halves.map((reason) => ({ at: name, reason, severity: 'warning' as const }))];
}

function fits(match: MethodMatch, method: Method): boolean {
  return matching(matchOf(match))(method);
}

function shown(match: MethodMatch): string {
  return JSON.stringify(match);
}

/** A path that nobody registered, for matches that are meant for such. */
const stranger: Method = rawMethod('/unregistered.Service/Method') as Method;

function ofTools(): Method[] {
  const services = [...[health(), ...reflection()].map(({ service }) => service), ControlService];
  return services.flatMap(({ methods }) => Object.values(methods));
}

/** Where the processes of a source start, for what stands around nodes. */
function startOf({ service }: ResolvedNode<NodeKind>): Method {
  return rawMethod(`/${service}/Out`, { kind: 'unary', known: true }) as Method;
}

function portsOf({ service, kind, inputs = [] }: ResolvedNode<NodeKind>): PortMethods[] {
  const idempotency = kind?.idempotency ?? 'unknown';
  const method = (name: string, of: 'unary' | 'bidi'): Method =>
    ({ ...rawMethod(`/${service}/${name}`, { kind: of, known: true }), idempotency }) as Method;
  return inputs
    .flatMap((port) => (port.endsWith('[*]') ? indexed(port) : [port]))
    .map((port) => ({ unary: method(methodName(port), 'unary'), stream: method(streamMethodName(port), 'bidi') }));
}

/** How many there are is up to the edges; more than the most of them can be matched here. */
function indexed(port: string): string[] {
  return Array.from({ length: 100 }, (_, index) => port.replace('[*]', `[${index}]`));
}
