import { type CallNode, nodeOf } from './call.ts';
import type { Call, Interceptor, Invoke } from './context.ts';
import type { Method } from './method.ts';
import { type Match, matching } from './method-match.ts';
import { outcomeOf } from './outcome.ts';
import { isPromise } from './requests.ts';
import { isStatus, type Status } from './status.ts';

const scopes = new WeakMap<Interceptor, { matches(method: Method): boolean; interceptors: readonly Interceptor[] }>();

/**
 * Makes one function of a chain and what it ends in, once, when a method is registered or a client is made.
 * The first interceptor is the outermost. The result never rejects; scopes that do not match the method cost nothing.
 */
export function fold(interceptors: readonly Interceptor[], method: Method, terminal: Invoke): Invoke {
  const chain = flatten(interceptors, method);
  // Nothing derives the call, so nothing can have failed that the terminal does not know of.
  if (chain.length === 0) return terminal;
  return chain.reduceRight<Invoke>((next, interceptor) => link(interceptor, next), guard(terminal));
}

/** A TypeError unless the value is a list of functions; undefined stands for none. */
export function checkInterceptors(interceptors: readonly Interceptor[] = []): void {
  if (!Array.isArray(interceptors))
    throw new TypeError(`Cannot use ${String(interceptors)} as interceptors: wanted a list of functions (call, next)`);
  for (const interceptor of interceptors) {
    if (typeof interceptor !== 'function')
      throw new TypeError(`Cannot use ${String(interceptor)} as an interceptor: wanted a function (call, next)`);
  }
}

/** Several interceptors as one; the first is the outermost. */
export function compose(...interceptors: readonly Interceptor[]): Interceptor {
  return scoped(() => true, interceptors);
}

/** Interceptors for the methods that match; others pass by them. */
export function only(match: Match, ...interceptors: readonly Interceptor[]): Interceptor {
  return scoped(matching(match), interceptors);
}

/** Interceptors for all methods but those that match. */
export function except(match: Match, ...interceptors: readonly Interceptor[]): Interceptor {
  const matches = matching(match);
  return scoped((method) => !matches(method), interceptors);
}

function scoped(matches: (method: Method) => boolean, interceptors: readonly Interceptor[]): Interceptor {
  // Called directly only where nobody folds; `fold` takes the list apart instead.
  const scope: Interceptor = function scope(call, next) {
    return fold([scope], call.method, next)(call);
  };
  scopes.set(scope, { matches, interceptors });
  return scope;
}

function flatten(interceptors: readonly Interceptor[], method: Method): Interceptor[] {
  checkInterceptors(interceptors);
  return interceptors.flatMap((interceptor) => {
    const scope = scopes.get(interceptor);
    if (scope === undefined) return interceptor;
    return scope.matches(method) ? flatten(scope.interceptors, method) : [];
  });
}

function link(interceptor: Interceptor, next: Invoke): Invoke {
  return function invoke(call: Call): Promise<Status> {
    const node = nodeOf(call);
    let pending: Promise<Status>;
    try {
      pending = interceptor(call, next);
    } catch (thrown) {
      return Promise.resolve(outcomeOf(node, thrown));
    }
    if (!isPromise(pending)) return Promise.resolve(checked(node, pending));
    return pending.then(
      (status) => checked(node, status),
      (thrown) => outcomeOf(node, thrown),
    );
  };
}

function guard(terminal: Invoke): Invoke {
  return link((call) => terminal(call), terminal);
}

function checked(node: CallNode, status: Status): Status {
  const failure = node.failure;
  if (failure !== undefined) return failure;
  if (isStatus(status)) return status;
  return outcomeOf(
    node,
    new TypeError(
      `An interceptor of ${node.method.path} returned ${returned(status)}: wanted the status that next() gave`,
    ),
  );
}

function returned(value: unknown): string {
  if (typeof value === 'object' && value !== null) return 'an object that is no status';
  return value === undefined ? 'nothing' : String(value);
}
