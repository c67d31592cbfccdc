import type { ResponseTarget } from './context.ts';
import { snapshot } from './current.ts';
import type { ResponseSink } from './exchange.ts';

/** A sink that hands responses to a target, in the async context of whoever made it. What the target leaves out goes outwards. */
export function targetSink(to: ResponseTarget, outer: ResponseSink): ResponseSink {
  const enter = snapshot();
  return {
    header: (header) => (to.header === undefined ? outer.header(header) : enter(() => to.header!(header))),
    message: (message) => enter(() => to.message(message)),
    flush: () => outer.flush?.(),
  };
}
