import { parseListenAddress, parseTarget } from '../transport/grpc/target.ts';
import { asUsage } from './exit.ts';

/** Whether only this machine can reach all of the addresses: loopback and Unix sockets. A UsageError for one that is wrong. */
export function onlyLocal(addresses: readonly string[]): boolean {
  return asUsage(() => addresses.map((address) => parseListenAddress(address) && parseTarget(address).local)).every(
    Boolean,
  );
}

/** Where this machine connects to what listens on an address. */
export function hostToTry(address: string): string {
  return address.replace(/^(0\.0\.0\.0|\[::\])(?=:)/, 'localhost');
}
