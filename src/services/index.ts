export { type Health, type HealthOptions, health } from './health.ts';
export { type ReflectionOptions, reflection } from './reflection.ts';
export {
  type AskOptions,
  type ReflectionClient,
  type ReflectionClientOptions,
  reflectionClient,
} from './reflection-client.ts';
export type { ServingStatus } from './serving-status.ts';
