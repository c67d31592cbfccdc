import type { Logger } from '../../observability/logger.ts';
import { isLoopback, type ListenAddress } from './target.ts';

/** The first versions whose HTTP/2 counts header memory and survives a reset in scope (CVE-2026-56846, CVE-2026-56848). */
const fixed: Readonly<Record<number, readonly [minor: number, patch: number]>> = { 22: [23, 2], 24: [18, 1] };

/** Why a version of Node should not face strangers; undefined when nothing is known against it. */
export function nodeWeakness(version: string): string | undefined {
  const [major = 0, minor = 0, patch = 0] = version.replace(/^v/, '').split('.').map(Number);
  const since = fixed[major];
  if (since === undefined) {
    if (major > 24) return undefined;
    return `Node ${version} gets no security releases any more: its HTTP/2 lets peers fill memory (CVE-2026-56846), use Node 22.23.2, 24.18.1 or newer`;
  }
  if (minor > since[0] || (minor === since[0] && patch >= since[1])) return undefined;
  return `Node ${version} lets HTTP/2 peers fill memory (CVE-2026-56846): use ${major}.${since.join('.')} or newer`;
}

let told = false;

/** Warns once of a Node that strangers should not reach, when they can. */
export function warnOfNode(where: ListenAddress, log: Logger, version = process.version): void {
  const weakness = nodeWeakness(version);
  if (told || weakness === undefined || 'path' in where || isLoopback(where.host)) return;
  told = true;
  log.warn('this version of Node should not serve strangers', { reason: weakness });
}
