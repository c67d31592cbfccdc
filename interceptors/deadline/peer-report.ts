import { type Detail, decodeDetails, ErrorInfo, errorInfo, type Status } from 'flowrpc';

/** Of every report; no other is quoted. */
export const domain = 'flowrpc';
export const reason = 'DEADLINE_EXCEEDED';
export const plain = 'Deadline exceeded';

type Hop = Readonly<Record<string, string | undefined>>;

const numbers = ['totalMs', 'hereMs', 'slowestMs', 'leftMs', 'minimumMs'];
const paths = ['method', 'slowest'];
const maxPathLength = 128;

/** What peers further in reported, without a word or an address of theirs: methods and milliseconds, the nearest hop first. */
export function reportedHops({ details }: Status): Hop[] {
  return decodeDetails(details).flatMap(({ typeName, message }) => {
    if (typeName !== ErrorInfo.typeName || message === undefined) return [];
    const info = message as ErrorInfo;
    return info.domain === domain && info.reason === reason ? [told(info.metadata)] : [];
  });
}

/** The same as a text of our own; undefined when nothing was reported. */
export function retold([hop, ...inner]: readonly Hop[]): string | undefined {
  if (hop?.method === undefined) return undefined;
  const { method, totalMs, hereMs, slowest, slowestMs, leftMs, minimumMs } = hop;
  if (leftMs !== undefined && minimumMs !== undefined)
    return `Cannot start ${method}: ${leftMs} ms left, ${minimumMs} ms wanted`;
  if (totalMs === undefined) return undefined;
  const total = `${plain} after ${totalMs} ms in ${method}`;
  if (hereMs === undefined || slowest === undefined || slowestMs === undefined) return total;
  const further = inner[0]?.method === slowest ? retold(inner) : undefined;
  return `${total}: ${hereMs} ms here, ${slowestMs} ms in ${slowest}${further === undefined ? '' : ` (${further})`}`;
}

/** The same as details. */
export function retoldDetails(hops: readonly Hop[]): Detail[] {
  return hops.map((hop) => errorInfo({ reason, domain, metadata: hop as Record<string, string> }));
}

/** Everything of a peer's but what is for its own developers. */
export function withoutDebugInfo(details: readonly Detail[]): Detail[] {
  return details.filter(({ typeUrl }) => !typeUrl.endsWith('/google.rpc.DebugInfo'));
}

function told(metadata: Hop): Hop {
  const entries = Object.entries(metadata).filter(([name, value = '']) => {
    if (numbers.includes(name)) return /^\d{1,15}$/.test(value);
    return paths.includes(name) && value.length <= maxPathLength && /^\/[\w.-]+\/\w+$/.test(value);
  });
  return Object.fromEntries(entries);
}
