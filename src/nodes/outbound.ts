import { lookup as resolveName } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { Code } from '../core/code.ts';
import { checkOptions, checkTexts } from '../core/options.ts';
import { StatusError } from '../core/status-error.ts';
import { forOperator } from './inner-words.ts';
import { type OutboundHost, outboundHost, plainHost } from './outbound-host.ts';
import { OutboundRules } from './outbound-rules.ts';

/** An address that a name stands for. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

export interface OutboundOptions {
  /**
   * Hosts that nodes may reach when no spec names them: those that payloads and redirects lead to. `api.example.com`, with or without port,
   * `*.example.com` and `*` for public addresses, `10.0.0.0/8`. Link-local addresses and those where clouds have their metadata must be
   * listed as addresses. Default: none.
   */
  allow?: readonly string[];
  /** What names stand for. Default: as the machine resolves them. */
  resolve?(hostname: string): Promise<readonly ResolvedAddress[]>;
}

/** Where the connections of one node may lead. */
export interface Outbound {
  /**
   * Says in `setup` that the node's own fields name this address, a URL or a gRPC target: an operator's spec is trusted with it. Throws
   * PERMISSION_DENIED when the spec came in by Control and the address is not allowed to those.
   */
  trust(url: string | URL): void;
  /** Throws PERMISSION_DENIED for an address that was computed, unless it is trusted or allowed. IP addresses are judged here in every spelling. */
  check(url: string | URL): void;
  /** For connections of `node:net`, `node:http`, undici and the like: resolves a name once, and gives its addresses if all may be reached. */
  readonly lookup: LookupFunction;
}

/** What a node would reach; `address` is one that its host stands for. */
export interface OutboundReach {
  readonly url: string;
  readonly address?: string;
}

/** Says why a node must not reach something; undefined when it may. */
export type OutboundGuard = (reach: OutboundReach) => string | undefined;

/** What the nodes of one graph may reach. */
export class OutboundPolicy {
  readonly rules: OutboundRules;
  readonly resolve: NonNullable<OutboundOptions['resolve']>;

  /** A TypeError for an unknown option, and for an entry of the list that is not understood. */
  constructor(options: OutboundOptions = {}) {
    checkOptions('outbound', options, ['allow', 'resolve']);
    checkTexts('outbound.allow', options.allow);
    this.rules = new OutboundRules(options.allow);
    this.resolve = options.resolve ?? resolveAll;
  }

  /** For one node. */
  for(guard?: OutboundGuard): Outbound {
    return new NodeOutbound(this, guard);
  }
}

async function resolveAll(hostname: string): Promise<ResolvedAddress[]> {
  return (await resolveName(hostname, { all: true })) as ResolvedAddress[];
}

const maxChecked = 1_000;

class NodeOutbound implements Outbound {
  readonly #policy: OutboundPolicy;
  readonly #guard: OutboundGuard | undefined;
  /** Addresses that the node's fields name, by host. */
  readonly #trusted = new Map<string, Map<number, string>>();
  /** Addresses that were computed and may be reached, by host; the last ones. */
  readonly #checked = new Map<string, string>();

  constructor(policy: OutboundPolicy, guard: OutboundGuard | undefined) {
    this.#policy = policy;
    this.#guard = guard;
  }

  trust(url: string | URL): void {
    const to = outboundHost(url);
    // What cannot be read is the kind's to refuse; it is not reached by `check` or `lookup`.
    const refusal = this.#guard?.({ url: String(url) });
    if (refusal !== undefined) throw denied(refusal);
    if (to === undefined) return;
    const ports = this.#trusted.get(to.host) ?? new Map<number, string>();
    ports.set(to.port, String(url));
    this.#trusted.set(to.host, ports);
  }

  check(url: string | URL): void {
    const to = outboundHost(url);
    if (to === undefined) throw denied(`${quote(url)} is no address of a host`);
    if (this.#trusted.get(to.host)?.has(to.port)) return;
    const grant = this.#policy.rules.grantOf(to);
    // An address that is listed with its port is listed as it is.
    const admitted = !to.literal || grant === 'name' || (grant && this.#policy.rules.admits(to.host, grant));
    if (grant === undefined || !admitted) throw notAllowed(to);
    const refusal = this.#guard?.({ url: String(url), ...(to.literal && { address: to.host }) });
    if (refusal !== undefined) throw denied(refusal);
    if (to.literal) return;
    this.#checked.delete(to.host);
    this.#checked.set(to.host, String(url));
    for (const oldest of this.#checked.keys()) {
      if (this.#checked.size <= maxChecked) break;
      this.#checked.delete(oldest);
    }
  }

  readonly lookup: LookupFunction = (hostname, options, callback) => {
    const { all = false, family = 0 } = options;
    this.#addresses(hostname).then(
      (found) => {
        const wanted = family === 4 || family === 'IPv4' ? 4 : family === 6 || family === 'IPv6' ? 6 : 0;
        const fitting = found.filter((one) => wanted === 0 || one.family === wanted);
        const [first] = fitting;
        if (first === undefined) callback(notFound(hostname), '');
        else if (all) callback(null, [...fitting]);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    );
  };

  async #addresses(hostname: string): Promise<readonly ResolvedAddress[]> {
    const host = plainHost(hostname) ?? hostname;
    const found = await this.#policy.resolve(hostname);
    for (const { address } of found) {
      const refusal = this.#refusalAt(host, address);
      if (refusal !== undefined) throw denied(refusal);
    }
    return found;
  }

  #refusalAt(host: string, address: string): string | undefined {
    const { rules } = this.#policy;
    const trusted = this.#trusted.get(host);
    if (trusted !== undefined) {
      let refusal: string | undefined;
      for (const url of trusted.values()) {
        refusal = this.#guard?.({ url, address });
        if (refusal === undefined) return undefined;
      }
      return refusal;
    }
    const grant = rules.grantOf({ host, literal: false });
    if (grant === undefined || !rules.admits(address, grant))
      return `host ${quote(host)} stands for ${address}, which is not on the list of allowed hosts`;
    return this.#guard?.({ url: this.#checked.get(host) ?? host, address });
  }
}

function notAllowed({ address }: OutboundHost): StatusError {
  return denied(`host ${quote(address)} is not on the list of allowed hosts`);
}

function denied(why: string): StatusError {
  return forOperator(new StatusError(Code.PERMISSION_DENIED, `Cannot connect: ${why}`));
}

function notFound(hostname: string): Error {
  return Object.assign(new Error(`no address of ${quote(hostname)}`), { code: 'ENOTFOUND', hostname });
}

function quote(value: string | URL): string {
  return JSON.stringify(String(value).slice(0, 200));
}
