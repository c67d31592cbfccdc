import type { Guard } from '../graph/guard.ts';
import { quote } from '../graph/problems.ts';
import { isRecord } from '../graph/rules.ts';
import type { DocumentInit } from '../stores/index.ts';
import type { Admission } from './control-admission.ts';
import { isListedTarget } from './control-target.ts';

/** Annotation of whatever came in by Control. It stays, so that it counts after a restart as well. */
export const originKey = 'flowrpc.v1/applied-by';
const origin = 'control';

/** The document with the note that it came in by Control. */
export function marked(document: DocumentInit): DocumentInit {
  const { annotations = {} } = document;
  // What is no mapping is the store's to refuse.
  return isRecord(annotations) ? { ...document, annotations: { ...annotations, [originKey]: origin } } : document;
}

/**
 * Refuses nodes that would reach what is not allowed, templates filled in, when anything that they are made of came in by Control: their spec, that
 * of a block or chart around them, or a stored value.
 */
export function controlGuard({ targets = [], files = false }: Admission): Guard {
  return ({ origins, fields, reaches }) => {
    if (!origins.some(({ annotations }) => annotations?.[originKey] === origin)) return undefined;
    for (const { target, proto, module } of [...reaches, ...(isRecord(fields) ? [fields] : [])] as Reach[]) {
      if (target !== undefined && !isListedTarget(target, targets))
        return `target ${quote(target)} is not on the list of those that are allowed to what came in by Control`;
      if ((proto ?? module) !== undefined && !files)
        return 'files of this machine are not allowed to what came in by Control';
    }
    return undefined;
  };
}

interface Reach {
  readonly target?: unknown;
  readonly proto?: unknown;
  readonly module?: unknown;
}
