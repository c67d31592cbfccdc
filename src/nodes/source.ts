import { isPromise } from '../core/requests.ts';
import type { NodeInstance, SourceContext } from './node-context.ts';

/** A function that starts processes: it runs until it returns or its signal aborts. */
export type Source = (context: SourceContext) => unknown;

/** A node without in-ports that starts processes by itself, with `context.emit`, once everything around it is up. */
export function source(fn: Source): NodeInstance {
  return {
    start(context) {
      const running = fn(context);
      return isPromise(running) ? running : undefined;
    },
  };
}
