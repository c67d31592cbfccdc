import { fileURLToPath } from 'node:url';
import type * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** The service of `replica.proto` as grpc-js takes it, methods under the names that their callers use. */
export function replicaDefinition(): grpc.ServiceDefinition {
  const file = fileURLToPath(new URL('../replica.proto', import.meta.url));
  const loaded = loadSync(file, { defaults: true })['faults.Replica'] as grpc.ServiceDefinition;
  return Object.fromEntries(Object.entries(loaded).map(([name, method]) => [name.toLowerCase(), method]));
}
