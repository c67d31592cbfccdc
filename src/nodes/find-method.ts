import type { Method, Service } from '../core/method.ts';
import { methodName } from './names.ts';

/** A method of a service by its name, or by the in-port of a node: `in` is the method `In`. */
export function findMethod({ methods }: Service, name: string): Method | undefined {
  const all = Object.values(methods);
  return (
    all.find((one) => one.name === name) ?? all.find((one) => one.name === methodName(name) || one.localName === name)
  );
}
