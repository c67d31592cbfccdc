import { fileURLToPath } from 'node:url';
import { loadServices, type Method, type Service } from 'flowrpc';
import type { Done, Work } from './peer.ts';

export type ReplicaMethods = {
  get: Method<Work, Done, 'unary'>;
  put: Method<Work, Done, 'unary'>;
  list: Method<Work, Done, 'serverStream'>;
};

/** The service of `replica.proto`. */
export async function replicaService(): Promise<Service<ReplicaMethods>> {
  const services = await loadServices(fileURLToPath(new URL('../replica.proto', import.meta.url)));
  return services['faults.Replica'] as unknown as Service<ReplicaMethods>;
}
