import { quote } from '../graph/problems.ts';
import { isRecord } from '../graph/rules.ts';
import { formatPath, type Path } from '../wire/yaml/position.ts';
import { isAllowedTarget } from './control-target.ts';

/** What specs that come in from outside may lead to. Specs of the operator's own files and stores are not asked. */
export interface Admission {
  /**
   * Addresses that edges and `rpc` nodes may have as target: exactly as written here, with `*.` for one label and more in front of a host, or
   * `*` for all. Addresses of the link (169.254.0.0/16, fe80::/10, where clouds have their metadata) must be here as they are. Default: none.
   */
  readonly targets?: readonly string[];
  /** Whether they may name files of this machine: modules of snippets, proto files. Default false. */
  readonly files?: boolean;
}

/** Why a spec may not come in; undefined when it may. Inner specs of blocks and charts are looked at as well. */
export async function refusalOf(spec: unknown, allow: Admission): Promise<string | undefined> {
  return await refusalIn(spec, [], allow);
}

async function refusalIn(spec: unknown, path: Path, allow: Admission): Promise<string | undefined> {
  if (!isRecord(spec)) return undefined;
  const { ports, specs } = spec;
  const own = await refusalOfFields(spec, path, allow);
  if (own !== undefined) return own;
  for (const [port, targets] of Object.entries(isRecord(ports) ? ports : {})) {
    for (const [index, target] of (Array.isArray(targets) ? targets : []).entries()) {
      const refusal = isRecord(target) && (await refusalOfFields(target, [...path, 'ports', port, index], allow));
      if (refusal) return refusal;
    }
  }
  for (const [index, inner] of (Array.isArray(specs) ? specs : []).entries()) {
    const refusal = await refusalIn(inner, [...path, 'specs', index], allow);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

async function refusalOfFields(
  fields: Readonly<Record<string, unknown>>,
  path: Path,
  { targets = [], files = false }: Admission,
): Promise<string | undefined> {
  const { target, proto, module } = fields;
  const filledIn = Object.keys(fields).find((key) => key.includes('{{'));
  if (filledIn !== undefined)
    return `the key ${quote(formatPath([...path, filledIn]))} is a template, which is not allowed`;
  if (target !== undefined && !(await isAllowedTarget(target, targets)))
    return `${formatPath([...path, 'target'])} is ${quote(target)}, which is not on the list of allowed targets`;
  for (const [key, value] of Object.entries({ proto, module })) {
    if (value !== undefined && !files)
      return `${formatPath([...path, key])} names a file of this machine, which is not allowed`;
  }
  return undefined;
}
