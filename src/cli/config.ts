import { dirname, resolve } from 'node:path';
import { didYouMean, type Problem, problem, quote, sortProblems } from '../graph/problems.ts';
import { adviceText, dropped, isRecord, type Report } from '../graph/rules.ts';
import { positionOf } from '../wire/yaml/position.ts';
import { fromVariables, overlaid } from './config-environment.ts';
import { readConfigText } from './config-formats.ts';
import { configKeys, configRules, type ServeConfig } from './config-rules.ts';
import { formerKey } from './former-config.ts';
import { readWhole } from './input.ts';

/** A config that was read: what was right in it, and all that is wrong. */
export interface LoadedConfig {
  readonly config: ServeConfig;
  readonly problems: readonly Problem[];
  /** Makes a problem at a place in it. */
  readonly fault: (...fault: Parameters<Report>) => Problem;
}

/**
 * Reads a config file, and over it what the environment says (`FLOWRPC_…`). Rejects when there is no such file; what file and variables say
 * never makes it reject.
 */
export async function loadConfig(
  file: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<LoadedConfig> {
  const written =
    file === undefined ? { value: undefined, problems: [] } : await readConfigText(await readWhole(file), file);
  const variables = fromVariables(environment);
  const unknown = takeUnknown(variables.value, variables.variables);
  const value = overlaid(written.value, variables.value ?? written.value ?? {});
  const at = positionOf(value) ?? { file: file ?? 'environment', line: 1, column: 1 };
  const fault: LoadedConfig['fault'] = (reason, path, suggestion) =>
    problem(`Cannot use the configuration: ${reason}`, {
      at: positionOf(value, path) ?? at,
      suggestion: adviceText(suggestion),
    });
  if (written.problems.length > 0) return { config: {}, problems: written.problems, fault };
  const found: Problem[] = [...unknown];
  const dir = file === undefined ? process.cwd() : dirname(resolve(file));
  const rules = configRules({ dir, environment });
  const kept = rules.read(value, [], (reason, path, suggestion) => {
    const former = path.length === 1 && reason.startsWith('unknown field') ? formerKey(path[0]) : undefined;
    found.push(fault(reason, path, former ?? suggestion));
  });
  if (kept === undefined) found.push(fault(`it is ${quote(value)}, wanted ${rules.wanted}`, []));
  const config = kept === undefined || kept === dropped ? {} : (kept as ServeConfig);
  return { config, problems: sortProblems(found), fault };
}

/** Variables whose name says no key: they may be somebody else's, so each is taken out, and a warning. */
function takeUnknown(value: Record<string, unknown> | undefined, names: ReadonlyMap<string, string>): Problem[] {
  if (!isRecord(value)) return [];
  const unknown = [...names].filter(([key]) => !configKeys.includes(key));
  return unknown.map(([key, variable]) => {
    delete value[key];
    return problem(`Variable "${variable}" is no part of the configuration`, {
      severity: 'warning',
      suggestion: didYouMean(key, configKeys),
    });
  });
}
