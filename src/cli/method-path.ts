import type { Method, Service } from '../core/method.ts';
import { suggest } from '../core/suggest.ts';
import { UsageError } from './exit.ts';

/** Service and method that `pkg.Service/Method` or `pkg.Service.Method` name. */
export function parseMethodPath(text: string): { service: string; method: string } {
  const match = /^\/?([\w.]+)[/.](\w+)$/.exec(text);
  if (match === null) throw new UsageError(`Cannot call "${text}": wanted service/Method, such as default.greet/In`);
  return { service: match[1]!, method: match[2]! };
}

/** The method of a service by its name in the proto file. An Error with a suggestion when there is none. */
export function methodNamed(service: Service, name: string): Method {
  const methods = Object.values(service.methods);
  const found = methods.find((method) => method.name === name);
  if (found !== undefined) return found;
  const names = methods.map((method) => method.name);
  const near = suggest(name, names);
  const hint = near === undefined ? `it has ${names.join(', ')}` : `did you mean "${near}"?`;
  throw new Error(`Cannot call "${service.name}/${name}": the service has no such method, ${hint}`);
}
