import type { Context, Peer } from 'flowrpc';
import { atOnce } from '../calls/harmless.ts';
import { realIpKey } from '../real-ip.ts';
import { endpointOf } from '../tracing/endpoint.ts';

/**
 * What calls are counted by. `peer`: the address without its port (what `realIp()` found, behind
 * proxies), an IPv6 one by its /64 network; `identity`: what the
 * client's certificate proves; `all`: one count for everybody; a metadata key; or your function. A function that gives
 * undefined, and a call without that identity or metadata, count by peer; `false` stands for a call that is not limited, and a promise is a TypeError.
 */
export type LimitKey =
  | 'peer'
  | 'identity'
  | 'all'
  | { readonly metadata: string }
  | ((call: Context) => string | false | undefined);

/** Who wrote a key may have made it long. */
const maxKeyLength = 256;

/** The function behind a `LimitKey`: the name to count by, or false. Names of different origin never meet. */
export function limitKey(key: LimitKey): (call: Context) => string | false {
  if (key === 'all') return () => 'all';
  if (key === 'peer') return byPeer;
  if (key === 'identity') return (call) => named('identity', identityOf(call), call);
  if (typeof key === 'function') {
    return (call) => {
      const own = atOnce('the key of a limit', key(call));
      return own === false ? false : named('key', own, call);
    };
  }
  const name = (key as { metadata?: unknown } | null | undefined)?.metadata;
  if (typeof name !== 'string' || name === '')
    throw new TypeError(
      `Cannot limit by key ${JSON.stringify(key)}: wanted "peer", "identity", "all", { metadata: name } or a function`,
    );
  return (call) => named('metadata', textOf(call, name), call);
}

function named(origin: string, value: string | undefined, call: Context): string {
  return value === undefined ? byPeer(call) : `${origin}:${value.slice(0, maxKeyLength)}`;
}

/** A connection has one peer for all its calls. */
const peerKeys = new WeakMap<Peer, string>();

function byPeer(call: Context): string {
  const ip = call.get(realIpKey);
  if (ip !== undefined) return `peer:${networkOf(ip)}`;
  const { peer } = call;
  let key = peerKeys.get(peer);
  if (key === undefined) peerKeys.set(peer, (key = `peer:${networkOf(endpointOf(peer.address).address)}`));
  return key;
}

function identityOf({ peer: { identity } }: Context): string | undefined {
  return identity === undefined ? undefined : (identity.names[0] ?? identity.subject);
}

function textOf({ metadata }: Context, name: string): string | undefined {
  const value = metadata.get(name);
  return value === undefined || typeof value === 'string' ? value : Buffer.from(value).toString('base64');
}

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** One subscriber has a whole /64 of IPv6 addresses, and could call from another one each time. */
export function networkOf(address: string): string {
  if (!address.includes(':') || !/^[0-9a-f:.]+(?:%.*)?$/i.test(address)) return address;
  const inner = mapped.exec(address)?.[1];
  if (inner !== undefined) return inner;
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0');
  const groups = tail === undefined ? front : [...front, ...gap, ...back];
  const network = groups.slice(0, 4).map((group) => (Number.parseInt(group, 16) || 0).toString(16));
  return `${network.join(':')}::/64`;
}
