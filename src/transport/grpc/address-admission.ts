import type { ChannelInterface } from '@grpc/grpc-js';

/** Says why an address that a target's name stands for must not be connected to; undefined when it may. */
export type AddressAdmission = (address: string) => string | undefined;

interface Resolver {
  lookup?(hostname: string): Promise<readonly { readonly host: string }[]>;
  defaultResolutionError?: { details: string };
}

interface Internals {
  readonly internalChannel?: { readonly resolvingLoadBalancer?: { readonly innerResolver?: Resolver } };
}

/**
 * Has a channel ask about every address, each time that the name of its target is resolved: grpc-js connects to just those that it was given. One
 * that is refused fails the whole target. Targets that are addresses are not resolved, and not asked about. Throws when this version of grpc-js
 * resolves names in another way: nothing may pass unseen then.
 */
export function admitAddresses(channel: ChannelInterface, target: string, admit: AddressAdmission): void {
  const resolver = (channel as Internals).internalChannel?.resolvingLoadBalancer?.innerResolver;
  if (resolver !== undefined && 'dnsHostname' in resolver === false) return;
  const lookup = resolver?.lookup;
  if (resolver === undefined || typeof lookup !== 'function')
    throw new Error(`Cannot connect to ${target}: this version of @grpc/grpc-js does not let addresses be looked at`);
  const failed = resolver.defaultResolutionError?.details;
  resolver.lookup = async (hostname) => {
    if (resolver.defaultResolutionError !== undefined && failed !== undefined)
      resolver.defaultResolutionError.details = failed;
    const found = await lookup.call(resolver, hostname);
    for (const { host } of found) {
      const refusal = admit(host);
      if (refusal === undefined) continue;
      if (resolver.defaultResolutionError !== undefined) resolver.defaultResolutionError.details = refusal;
      throw new Error(refusal);
    }
    return found;
  };
}
