import type { Guard, Originated } from '../graph/guard.ts';
import { quote } from '../graph/problems.ts';
import { isRecord } from '../graph/rules.ts';
import { markedBy, type Origin, originKey } from '../nodes/syscall/origin.ts';
import type { DocumentInit } from '../stores/index.ts';
import type { Admission } from './control-admission.ts';
import { isListedOpening } from './control-listen.ts';
import { nameOf, reachesOf } from './control-reach.ts';
import { isAllowedAt, isListedTarget } from './control-target.ts';

/** The document with the note that it came in by Control. */
export function marked(document: DocumentInit): DocumentInit {
  return markedBy('control', document);
}

/**
 * Refuses nodes that would reach what is not allowed, templates filled in, when anything that they are made of came in by Control: their spec, that
 * of a block or chart around them, or a stored value.
 */
export function controlGuard(allow: Admission): Guard {
  return guardOf('control', 'came in by Control', allow);
}

const workflow = guardOf('workflow', 'a node has written', {});

/**
 * Refuses what nodes have written without being trusted to, in the same way: it reaches nothing outside of the graph. Nor is it made of values of others: it
 * could tell them to anybody.
 */
export const workflowGuard: Guard = (node) => {
  const isWritten = ({ annotations }: Originated): boolean => annotations?.[originKey] === 'workflow';
  const specs = node.origins.filter((origin) => !node.values.includes(origin));
  const other = specs.some(isWritten) ? node.values.find((value) => !isWritten(value)) : undefined;
  if (other === undefined) return workflow(node);
  return `value ${quote(other.name ?? '')} is not for what a node has written: wanted one that such a node wrote, too`;
};

function guardOf(origin: Origin, what: string, { targets = [], files = false, listen = [] }: Admission): Guard {
  return ({ origins, kind, fields, reaches }) => {
    if (!origins.some(({ annotations }) => annotations?.[originKey] === origin)) return undefined;
    const own = isRecord(fields) ? fields : {};
    // What it wrote would count as the operator's, and what it read would show what is secret.
    if (own.opcode !== undefined && (own.trusted === true || own.reveal === true))
      return `"trusted" and "reveal" are the operator's to say, not that of what ${what}`;
    if (isRecord(fields)) {
      for (const reach of reachesOf(kind, fields)) {
        if (reach.opens !== undefined) {
          if (isListedOpening(reach.opens, listen)) continue;
          return `opening ${quote(reach.opens)} is not allowed to what ${what}`;
        }
        if (reach.target === undefined ? files : isListedTarget(reach.target, targets)) continue;
        if (reach.target === undefined) return `files of this machine are not allowed to what ${what}`;
        return notListed(nameOf(reach), reach.target, what);
      }
    }
    for (const { target, proto, url, address } of reaches) {
      if (target !== undefined && !isListedTarget(target, targets)) return notListed('target', target, what);
      if (url !== undefined && !isListedTarget(url, targets)) return notListed('url', url, what);
      const place = url ?? target;
      if (place !== undefined && address !== undefined && !isAllowedAt(place, address, targets))
        return `host of ${quote(place)} stands for ${address}, which is not allowed to what ${what}`;
      if (proto !== undefined && !files) return `files of this machine are not allowed to what ${what}`;
    }
    return undefined;
  };
}

function notListed(field: string, target: unknown, what: string): string {
  return `${field} ${quote(String(target))} is not on the list of those that are allowed to what ${what}`;
}
