import type { Environment } from '@marcbachmann/cel-js';

/** Adds functions under a name, as in `math.abs(x)`; signatures are those of methods: `abs(double): double`. */
export function registerNamespace(
  environment: Environment,
  name: string,
  functions: Readonly<Record<string, (...args: never[]) => unknown>>,
): void {
  const type = `flowrpc.${name}`;
  class Namespace {}
  environment.registerType(type, Namespace).registerConstant(name, type, new Namespace());
  for (const [signature, fn] of Object.entries(functions)) {
    environment.registerFunction(`${type}.${signature}`, (_namespace: unknown, ...args: never[]) => fn(...args));
  }
}
