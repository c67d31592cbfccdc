import { formerField, formerKind } from '../nodes/former-kinds.ts';
import { didYouMean, quote } from './problems.ts';
import type { Report } from './rules.ts';
import { type NodeSpec, ownFields } from './spec.ts';

/** Reports a kind that nobody knows. One that uniflow had is told with what became of it, and so are its fields. */
export function reportUnknownKind(spec: NodeSpec, known: () => Iterable<string>, report: Report): void {
  const former = formerKind(spec.kind);
  const advice = former ?? (() => didYouMean(spec.kind, known()) ?? 'register it or correct it');
  report(`unknown kind ${quote(spec.kind)}`, ['kind'], advice);
  if (former === undefined) return;
  for (const field of Object.keys(ownFields(spec))) {
    const now = formerField(field);
    if (now !== undefined) report(`unknown field ${quote(field)}`, [field], now);
  }
}
