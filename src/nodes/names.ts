import { isRefusedName } from '../core/refused-name.ts';

export { isRefusedName };

const grammar = /^[A-Za-z][A-Za-z0-9_-]*$/;
const portGrammar = /^([A-Za-z][A-Za-z0-9_-]*)(?:\[(0|[1-9]\d{0,3})\])?$/;

/** Whether a text may name a node, a namespace or a kind: letters, digits, `_` and `-`, a letter first. */
export function isName(text: unknown): text is string {
  return typeof text === 'string' && grammar.test(text) && !isRefusedName(text);
}

/** Namespaces that belong to gRPC, to Google's own protos and to this package. */
export function isReservedNamespace(namespace: string): boolean {
  return /^(grpc|google|flowrpc)/i.test(namespace);
}

/** What a node is called after: its name, or its kind and id when it has none. */
export interface NodeIdentity {
  readonly id: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name?: string;
}

/** What people read as the node's name: its own, or `kind_` and the last 12 characters of its id. */
export function nodeLabel({ id, kind, name }: NodeIdentity): string {
  return name ?? `${kind}_${id.slice(-12)}`;
}

/** The gRPC service that a node is: `default.greet`, with `-` written as `_`. */
export function serviceName(node: NodeIdentity): string {
  return `${node.namespace}.${nodeLabel(node)}`.replaceAll('-', '_');
}

/** A port as its two parts; `index` is there only for `name[index]`. */
export interface PortName {
  readonly name: string;
  readonly index?: number;
}

/** Takes `out[3]` apart; undefined when malformed. An index is below 10,000 and has no leading zero. */
export function parsePort(port: string): PortName | undefined {
  const match = portGrammar.exec(port);
  if (match === null || isRefusedName(match[1]!)) return undefined;
  return match[2] === undefined ? { name: match[1]! } : { name: match[1]!, index: Number(match[2]) };
}

/** Puts a port's name together: `out`, or `out[3]` with an index. A malformed one throws a RangeError. */
export function formatPort(name: string, index?: number): string {
  const port = index === undefined ? name : `${name}[${index}]`;
  if (parsePort(port) === undefined)
    throw new RangeError(`Cannot name a port "${port}": wanted "name" or "name[index]"`);
  return port;
}

/** So many ports of a numbered one: `in[0]`, `in[1]`. */
export function numberedPorts(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => formatPort(name, index));
}

/**
 * The full name under which a node with these ports knows `port`; undefined when it has no such port.
 * `out[*]` in the list stands for every index, and there `out` alone means `out[0]`.
 */
export function matchPort(ports: readonly string[], port: string): string | undefined {
  const parsed = parsePort(port);
  if (parsed === undefined) return undefined;
  if (ports.includes(port)) return port;
  const first = `${parsed.name}[0]`;
  if (ports.includes(`${parsed.name}[*]`)) return parsed.index === undefined ? first : port;
  return parsed.index === undefined && ports.includes(first) ? first : undefined;
}

/** The method of a node's service that an in-port is: `in` → `In`, `in[0]` → `In0`, `user-name` → `UserName`. */
export function methodName(port: string): string {
  const { name, index } = parsePort(port) ?? { name: port };
  const words = name.split(/[-_]+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}${index ?? ''}`;
}

/** The method whose stream of packets is one process: `in` → `InStream`. */
export function streamMethodName(port: string): string {
  return `${methodName(port)}Stream`;
}

/** The first two in-ports that would be one method, stream forms included; undefined when all are distinct. */
export function clashingPorts(ports: readonly string[]): { first: string; second: string; method: string } | undefined {
  const owners = new Map<string, string>();
  for (const port of ports) {
    for (const method of [methodName(port), streamMethodName(port)]) {
      const owner = owners.get(method);
      if (owner !== undefined) return { first: owner, second: port, method };
      owners.set(method, port);
    }
  }
  return undefined;
}
