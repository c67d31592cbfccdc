import { isIP } from 'node:net';

/** Pressure that was reported at 80 % is over below 70 %, seven eighths of it: it must not flicker. */
const over = { of: 8, below: 7 };

export interface AdmissionLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerClient: number;
  /** Share of `maxConnections` from which there is pressure. */
  readonly pressureAt: number;
}

/** Counts connections, handshakes under way included, and says which may come in. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #onPressure: (high: boolean) => void;
  readonly #clients = new Map<string, number>();
  #total = 0;
  #high = false;

  constructor(limits: AdmissionLimits, onPressure: (high: boolean) => void) {
    this.#limits = limits;
    this.#onPressure = onPressure;
  }

  get utilisation(): number {
    return this.#total / this.#limits.maxConnections;
  }

  /** Counts a connection in, or names the limit that forbids it. Pair it with `leave`. */
  enter(client: string): 'total' | 'client' | undefined {
    const { maxConnections, maxConnectionsPerClient } = this.#limits;
    if (this.#total >= maxConnections) return 'total';
    const own = this.#clients.get(client) ?? 0;
    if (client !== '' && own >= maxConnectionsPerClient) return 'client';
    this.#clients.set(client, own + 1);
    this.#total += 1;
    if (!this.#high && this.utilisation >= this.#limits.pressureAt) this.#report(true);
    return undefined;
  }

  leave(client: string): void {
    const own = this.#clients.get(client) ?? 0;
    if (own > 1) this.#clients.set(client, own - 1);
    else this.#clients.delete(client);
    this.#total -= 1;
    const { maxConnections, pressureAt } = this.#limits;
    if (this.#high && this.#total * over.of < maxConnections * pressureAt * over.below) this.#report(false);
  }

  #report(high: boolean): void {
    this.#high = high;
    this.#onPressure(high);
  }
}

/**
 * Who a connection is counted for: an IPv4 address, or the /64 network of an IPv6 address, all of which one client may own.
 * Empty for Unix sockets, whose clients can't be told apart.
 */
export function clientOf(remoteAddress: string | undefined): string {
  if (remoteAddress === undefined) return '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remoteAddress);
  if (mapped !== null) return mapped[1]!;
  const [address = ''] = remoteAddress.split('%');
  return isIP(address) === 6 ? network(address) : address;
}

function network(address: string): string {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':');
    // The last 32 bits may be written as an IPv4 address.
    const groups = before.length + after.length + (tail.includes('.') ? 1 : 0);
    before.push(...Array.from({ length: 8 - groups }, () => '0'), ...after);
  }
  return `${before
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
