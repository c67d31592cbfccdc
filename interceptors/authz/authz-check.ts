import { headerProblem } from './authz-header.ts';
import { parseStrictJson } from './authz-json.ts';
import { patternProblem } from './authz-pattern.ts';
import { type AuthzPolicy, auditConditions } from './authz-policy.ts';

/** A policy from JSON text. Throws what `checkPolicy` throws; a SyntaxError for text that is no JSON, or names a field twice. */
export function parsePolicy(text: string): AuthzPolicy {
  return checkPolicy(parseStrictJson(text));
}

/** The value as a policy. A TypeError with all that is wrong with it: unknown fields, missing names, what could never match. */
export function checkPolicy(value: unknown): AuthzPolicy {
  const check = new Check();
  const policy = check.fields(
    value,
    'policy',
    ['name', 'deny_rules', 'allow_rules', 'audit_logging_options'],
    ['name', 'allow_rules'],
  );
  check.text(policy.name, 'name');
  check.rules(policy.deny_rules, 'deny_rules');
  check.rules(policy.allow_rules, 'allow_rules');
  if (policy.audit_logging_options !== undefined) check.audit(policy.audit_logging_options);
  if (check.problems.length === 0) return value as AuthzPolicy;
  throw new TypeError(`Cannot use the authorization policy: ${check.problems.join('; ')}`);
}

type Fields = Readonly<Record<string, unknown>>;

class Check {
  readonly problems: string[] = [];

  fields(value: unknown, at: string, known: readonly string[], required: readonly string[]): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.problems.push(`${at} is ${shown(value)}, wanted an object`);
      return {};
    }
    for (const name of Object.keys(value)) {
      if (!known.includes(name)) this.problems.push(`${at} has unknown field "${name}", wanted ${known.join(', ')}`);
    }
    for (const name of required) if (!(name in value)) this.problems.push(`${at} has no ${name}`);
    return value as Fields;
  }

  text(value: unknown, at: string): void {
    if (value !== undefined && (typeof value !== 'string' || value === ''))
      this.problems.push(`${at} is ${shown(value)}, wanted a text`);
  }

  /** An empty list would fit everybody: that must be said by leaving it out. */
  list(value: unknown, at: string): readonly unknown[] {
    if (value === undefined) return [];
    if (Array.isArray(value) && value.length > 0) return value;
    this.problems.push(`${at} is ${shown(value)}, wanted a list of one or more; leave it out to mean any`);
    return [];
  }

  rules(value: unknown, at: string): void {
    if (value === undefined) return;
    if (!Array.isArray(value)) {
      this.problems.push(`${at} is ${shown(value)}, wanted a list of rules`);
      return;
    }
    const names = new Set<unknown>();
    for (const [index, each] of value.entries()) {
      const where = `${at}[${index}]`;
      const rule = this.fields(each, where, ['name', 'source', 'request'], ['name']);
      this.text(rule.name, `${where}.name`);
      if (rule.name !== undefined && names.has(rule.name))
        this.problems.push(`${where}.name ${shown(rule.name)} is taken`);
      names.add(rule.name);
      if (rule.source !== undefined) this.source(rule.source, `${where}.source`);
      if (rule.request !== undefined) this.request(rule.request, `${where}.request`);
    }
  }

  source(value: unknown, at: string): void {
    const { principals } = this.fields(value, at, ['principals'], []);
    this.patterns(principals, `${at}.principals`, () => undefined);
  }

  request(value: unknown, at: string): void {
    const { paths, headers } = this.fields(value, at, ['paths', 'headers'], []);
    this.patterns(paths, `${at}.paths`, pathProblem);
    for (const [index, each] of this.list(headers, `${at}.headers`).entries()) {
      const where = `${at}.headers[${index}]`;
      const header = this.fields(each, where, ['key', 'values'], ['key', 'values']);
      this.text(header.key, `${where}.key`);
      const problem = typeof header.key === 'string' ? headerProblem(header.key) : undefined;
      if (problem !== undefined) this.problems.push(`${where}.key ${shown(header.key)} cannot be matched, ${problem}`);
      this.patterns(header.values, `${where}.values`, () => undefined);
    }
  }

  patterns(value: unknown, at: string, problemOf: (pattern: string) => string | undefined): void {
    for (const [index, each] of this.list(value, at).entries()) {
      const problem = typeof each === 'string' ? (patternProblem(each) ?? problemOf(each)) : 'wanted a text';
      if (problem !== undefined) this.problems.push(`${at}[${index}] is ${shown(each)}, ${problem}`);
    }
  }

  audit(value: unknown): void {
    const at = 'audit_logging_options';
    const { audit_condition, audit_loggers } = this.fields(value, at, ['audit_condition', 'audit_loggers'], []);
    if (audit_condition !== undefined && !auditConditions.some((condition) => condition === audit_condition))
      this.problems.push(`${at}.audit_condition is ${shown(audit_condition)}, wanted ${auditConditions.join(', ')}`);
    for (const [index, each] of this.list(audit_loggers, `${at}.audit_loggers`).entries()) {
      const where = `${at}.audit_loggers[${index}]`;
      const { name, config, is_optional } = this.fields(each, where, ['name', 'config', 'is_optional'], ['name']);
      this.text(name, `${where}.name`);
      if (config !== undefined && (typeof config !== 'object' || config === null || Array.isArray(config)))
        this.problems.push(`${where}.config is ${shown(config)}, wanted an object`);
      if (is_optional !== undefined && typeof is_optional !== 'boolean')
        this.problems.push(`${where}.is_optional is ${shown(is_optional)}, wanted true or false`);
    }
  }
}

function pathProblem(pattern: string): string | undefined {
  if (pattern.startsWith('*') || /^\/[^\s?#%]*$/.test(pattern)) return undefined;
  return 'wanted "/package.Service/Method"';
}

const longest = 80;

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > longest ? `${value.slice(0, longest)}…` : value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
