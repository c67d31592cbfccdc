import { isIPv4, isIPv6 } from 'node:net';
import { plainHost } from '../nodes/outbound-host.ts';
import { OutboundRules } from '../nodes/outbound-rules.ts';

/** Kinds whose nodes open a port of this machine. */
const openers: ReadonlySet<string> = new Set(['listener', 'transcode']);

/** The address that a node opens, `127.0.0.1:8080`; undefined when its kind opens none. */
export function openedBy(kind: unknown, fields: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof kind !== 'string' || !openers.has(kind)) return undefined;
  const { host = '127.0.0.1', port = '' } = fields;
  const name = String(host);
  return `${isIPv6(name) ? `[${name}]` : name}:${String(port)}`;
}

/** Whether an address may be opened: listed with or without its port, by addresses such as `10.0.0.0/8`, or by `*`. Never what is not known yet. */
export function isListedOpening(address: string, allowed: readonly string[]): boolean {
  const [, written, port] = /^(.+):(\d{1,5})$/.exec(address) ?? [];
  const host = written === undefined || written.includes('{{') ? undefined : plainHost(written);
  if (host === undefined) return false;
  const rules = new OutboundRules(allowed);
  const grant = rules.grantOf({ host, port: Number(port), literal: isIPv4(host) || isIPv6(host) });
  return grant === 'address' ? rules.admits(host, grant) : grant !== undefined;
}
