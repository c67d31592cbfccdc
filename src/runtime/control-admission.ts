import { quote } from '../graph/problems.ts';
import { isRecord } from '../graph/rules.ts';
import { formatPath, type Path } from '../wire/yaml/position.ts';
import { isListedOpening } from './control-listen.ts';
import { nameOf, reachesOf } from './control-reach.ts';
import { isAllowedTarget } from './control-target.ts';

/** What specs that come in from outside may lead to. Specs of the operator's own files and stores are not asked. */
export interface Admission {
  /**
   * Where edges and nodes may lead, by `target`, `url`, `urls` or `source`: exactly as written here, by host with or without port, with `*.` for
   * one label and more in front of a host, `*` for all, or by addresses (`10.0.0.0/8`). Addresses of the link (169.254.0.0/16, fe80::/10, where
   * clouds have their metadata) must be here as they are. Default: none.
   */
  readonly targets?: readonly string[];
  /** Whether they may name files of this machine: modules of programs, proto files, databases, files to read and write. Default false. */
  readonly files?: boolean;
  /**
   * Addresses of this machine that they may open (kinds `listener` and `transcode`): `127.0.0.1:8080`, `127.0.0.1` for any port there, `10.0.0.0/8`,
   * or `*` for all. Default: none, loopback addresses included.
   */
  readonly listen?: readonly string[];
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
  { targets = [], files = false, listen = [] }: Admission,
): Promise<string | undefined> {
  const filledIn = Object.keys(fields).find((key) => key.includes('{{'));
  if (filledIn !== undefined)
    return `the key ${quote(formatPath([...path, filledIn]))} is a template, which is not allowed`;
  for (const reach of reachesOf(fields.kind, fields)) {
    const { target, opens } = reach;
    if (opens !== undefined) {
      if (isListedOpening(opens, listen)) continue;
      return `${nameOf(reach, path)} opens ${quote(opens)}, which is not on the list of addresses that may be opened`;
    }
    if (target === undefined ? files : await isAllowedTarget(target, targets)) continue;
    const name = nameOf(reach, path);
    if (target === undefined) return `${name} names a file of this machine, which is not allowed`;
    return `${name} is ${quote(String(target))}, which is not on the list of allowed targets`;
  }
  return undefined;
}
