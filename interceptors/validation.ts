import {
  type Call,
  Code,
  type Codec,
  checkOptions,
  type Interceptor,
  type Method,
  type MethodKind,
  type Methods,
  only,
  type Service,
  StatusError,
} from 'flowrpc';
import { isPromise } from './calls/is-promise.ts';
import { isSchema, type SchemaIssue, type SchemaResult, type StandardSchema } from './validation/standard-schema.ts';
import { fieldPath } from './validation/validation-path.ts';
import { firstViolations, requestRefusal, responseRefusal, type Violations } from './validation/validation-refusal.ts';

/** What the messages of one method must be. What a schema gives replaces the message, so it gives a whole one. */
export interface MethodRules<I, O> {
  /** For each message of the caller. */
  readonly request?: StandardSchema<I>;
  /** For each message of the callee. */
  readonly response?: StandardSchema<O>;
}

/** Rules by the local names of methods: `{ sayHello: { request: schema } }`. */
export type ValidationRules<M extends Methods> = {
  readonly [K in keyof M]?: M[K] extends Method<infer I, infer O, MethodKind> ? MethodRules<I, O> : never;
};

export interface ValidationOptions {
  /** How many violations the caller is told of; 2 KiB of them at most. Default 16. */
  maxViolations?: number;
}

/**
 * Checks the messages of a service by schemas, each message of a stream too, in order. A request that breaks its rules ends the
 * call with INVALID_ARGUMENT and `google.rpc.BadRequest`: on a server before the handler sees it, on a client before it is sent.
 * A response that does is INTERNAL. What is checked is the message as it travels, defaults filled in, on either side.
 */
export function validation<M extends Methods>(
  service: Service<M>,
  rules: ValidationRules<NoInfer<M>>,
  { maxViolations = 16, ...rest }: ValidationOptions = {},
): Interceptor {
  checkOptions('validation', rest, ['maxViolations']);
  checkOptions(`the rules of ${service.name}`, rules, Object.keys(service.methods));
  if (!(Number.isInteger(maxViolations) && maxViolations > 0))
    throw new RangeError(`Cannot use maxViolations ${String(maxViolations)} of validation: wanted 1 or more`);
  const byPath = new Map<string, MethodRules<unknown, unknown>>();
  for (const [name, methodRules] of Object.entries(rules)) {
    if (methodRules !== undefined) byPath.set(service.methods[name]!.path, checkedRules(name, methodRules));
  }
  return only(
    ({ path }) => byPath.has(path),
    async function validation(call, next) {
      const { request, response } = byPath.get(call.method.path) ?? {};
      let checked = call;
      if (request !== undefined) checked = checked.mapRequests(requestCheck(call, request, maxViolations));
      if (response !== undefined) checked = checked.mapResponses(responseCheck(call, response, maxViolations));
      return next(checked);
    },
  );
}

function checkedRules(name: string, rules: MethodRules<unknown, unknown>): MethodRules<unknown, unknown> {
  if (isSchema(rules)) throw new TypeError(`Cannot use the rules of ${name}: wanted { request: schema }, got a schema`);
  checkOptions(`the rules of ${name}`, rules, ['request', 'response']);
  for (const [part, schema] of Object.entries(rules)) {
    if (schema === undefined || isSchema(schema)) continue;
    throw new TypeError(`Cannot use ${part} of the rules of ${name}: wanted a Standard Schema, such as zod makes`);
  }
  return { ...rules };
}

function requestCheck(call: Call, schema: StandardSchema, maxViolations: number): (message: unknown) => unknown {
  const { method, side } = call;
  return check(schema, method.request, side === 'client' || inProcess(call), (issues, message) =>
    requestRefusal(method, violationsOf(issues, maxViolations, method.request, message)),
  );
}

function responseCheck(call: Call, schema: StandardSchema, maxViolations: number): (message: unknown) => unknown {
  const { method, side } = call;
  return check(schema, method.response, side === 'server' || inProcess(call), (issues, message) =>
    responseRefusal(method, side, violationsOf(issues, maxViolations, method.response, message)),
  );
}

/** There, messages may come by reference, with fields left out. */
function inProcess({ peer }: Call): boolean {
  return peer.address === 'in-process';
}

function check(
  schema: StandardSchema,
  codec: Codec<unknown>,
  partial: boolean,
  refuse: (issues: readonly SchemaIssue[], message: unknown) => StatusError,
): (message: unknown) => unknown {
  return (given) => {
    const message = partial ? codec.decode(codec.encode(given)) : given;
    const settle = (result: SchemaResult<unknown>): unknown => {
      if (result.issues === undefined) return result.value;
      throw refuse(result.issues, message);
    };
    let result: SchemaResult<unknown> | PromiseLike<SchemaResult<unknown>>;
    try {
      result = schema['~standard'].validate(message);
    } catch (thrown) {
      throw broken(thrown);
    }
    if (!isPromise(result)) return settle(result);
    return result.then(settle, (thrown: unknown) => {
      throw broken(thrown);
    });
  };
}

/** A schema that throws is a mistake here, not the caller's; what it says stays here too. */
function broken(cause: unknown): StatusError {
  return new StatusError(Code.INTERNAL, 'A schema failed', { cause });
}

function violationsOf(
  issues: readonly SchemaIssue[],
  maxViolations: number,
  codec: Codec<unknown>,
  message: unknown,
): Violations {
  return firstViolations(issues, maxViolations, (issue) => ({
    field: fieldPath(issue.path, codec, message),
    description: issue.message,
  }));
}
