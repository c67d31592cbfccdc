import { readFileSync } from 'node:fs';
import { type AuthzPolicy, parsePolicy, uncovered } from 'flowrpc/interceptors';
import type { Method } from '../core/method.ts';

/** The two methods of an in-port: one packet, and a stream of them. */
export interface PortMethods {
  readonly unary: Method;
  readonly stream: Method;
}

/** What deny rules of the policy in `file` close by name while they leave the other method of the same in-port open. */
export function halfDenied(options: unknown, ports: readonly PortMethods[]): string[] {
  const policy = policyOf((options as { readonly file: string }).file);
  const denied = policy?.deny_rules ?? [];
  if (policy === undefined || denied.length === 0) return [];
  const methods = Object.fromEntries(
    ports.flatMap(({ unary, stream }) => [unary, stream]).map((method) => [method.path, method]),
  );
  const rules = { name: policy.name, allow_rules: denied };
  const open = new Set(uncovered(rules, [{ name: 'nodes', methods, files: [] }]));
  return denied.flatMap(({ name, request }) =>
    ports
      .flatMap(({ unary, stream }) => [[unary, stream] as const, [stream, unary] as const])
      .filter(([named, other]) => request?.paths?.includes(named.path) && open.has(other.path))
      .map(([named, { path, service }]) => {
        const rule = JSON.stringify(name);
        return `has the deny rule ${rule}, which names ${named.path} and leaves ${path} open, wanted "/${service}/*"`;
      }),
  );
}

/** Undefined for a file that whoever made the interceptor complained of. */
function policyOf(file: string): AuthzPolicy | undefined {
  try {
    return parsePolicy(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
