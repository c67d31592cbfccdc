import { lookup } from 'node:dns/promises';
import { classOfAddress } from '../nodes/outbound-address.ts';
import { type OutboundHost, outboundHost } from '../nodes/outbound-host.ts';
import { type Grant, OutboundRules } from '../nodes/outbound-rules.ts';

interface Place {
  readonly to: OutboundHost;
  readonly grant: Grant;
}

/**
 * Whether a target or URL is on a list: as it is written there, by its host with or without port, by `*.shop.svc:50051`, `*`, or `10.0.0.0/8`. All
 * but the first never allow what is not known yet (a template), nor an address of the link, however it is spelled.
 */
export function isListedTarget(target: unknown, allowed: readonly string[]): boolean {
  if (allowed.includes(String(target))) return true;
  const place = placeOf(target, allowed);
  // What its name stands for is looked at with each connection, where there is a lookup of ours.
  return place !== undefined && (place.grant !== 'address' || place.to.literal || isUrl(target));
}

/** Whether a target or URL is on the list now that its name is resolved. A name that is not there yet stands for nothing. */
export async function isAllowedTarget(target: unknown, allowed: readonly string[]): Promise<boolean> {
  if (allowed.includes(String(target))) return true;
  if (!isListedTarget(target, allowed)) return false;
  const place = placeOf(target, allowed)!;
  return (
    place.to.literal || (await addressesOf(place.to.host)).every((one) => rulesOf(allowed).admits(one, place.grant))
  );
}

/** Whether a URL on the list may be reached at an address that its host stands for. */
export function isAllowedAt(url: string, address: string, allowed: readonly string[]): boolean {
  if (!isUrl(url) && allowed.includes(url)) return true;
  const place = placeOf(url, allowed);
  return place !== undefined && (place.to.literal || rulesOf(allowed).admits(address, place.grant));
}

function placeOf(target: unknown, allowed: readonly string[]): Place | undefined {
  if (typeof target !== 'string' && !(target instanceof URL)) return undefined;
  const to = String(target).includes('{{') ? undefined : outboundHost(target);
  if (to === undefined) return undefined;
  const rules = rulesOf(allowed);
  const grant = rules.grantOf(to);
  if (grant === undefined) return undefined;
  if (to.literal) return grant === 'name' || rules.admits(to.host, grant) ? { to, grant } : undefined;
  return grant !== 'name' && isMetadataName(to.host) ? undefined : { to, grant };
}

function isUrl(target: unknown): boolean {
  return target instanceof URL || (typeof target === 'string' && /^(?:https?|wss?|postgres(?:ql)?):\/\//i.test(target));
}

const known = new WeakMap<readonly string[], OutboundRules>();

function rulesOf(allowed: readonly string[]): OutboundRules {
  let rules = known.get(allowed);
  if (rules === undefined) {
    rules = new OutboundRules(allowed.flatMap(entryOf), { wide: true });
    known.set(allowed, rules);
  }
  return rules;
}

/** An entry as hosts are listed; targets and URLs stand for theirs. None for what counts as it is written alone, such as Unix sockets. */
function entryOf(entry: string): string[] {
  try {
    new OutboundRules([entry]);
    return [entry];
  } catch {
    const to = outboundHost(entry);
    // Listed as an address of the link: as it is written, then.
    return to === undefined || (to.literal && classOfAddress(to.host) === 'link') ? [] : [to.address];
  }
}

async function addressesOf(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
}

function isMetadataName(host: string): boolean {
  return /^metadata(\.google\.internal)?$/i.test(host);
}
