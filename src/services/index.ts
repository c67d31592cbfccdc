export type {
  Dialogue,
  DialogueHandler,
  DialogueHandlers,
  DialogueOptions,
  DialogueRequestOptions,
  DialogueStats,
} from './dialogue.ts';
export { type OpenDialogueOptions, openDialogue } from './dialogue-client.ts';
export type { DialogueContext } from './dialogue-context.ts';
export { type Dialogues, type DialoguesOptions, dialogues } from './dialogue-server.ts';
export { type Health, type HealthOptions, health } from './health.ts';
export { type ReflectionOptions, reflection } from './reflection.ts';
export {
  type AskOptions,
  type ReflectionClient,
  type ReflectionClientOptions,
  reflectionClient,
} from './reflection-client.ts';
export type { ServingStatus } from './serving-status.ts';
export { type Transcoder, transcoder } from './transcode/transcoder.ts';
export type { TranscoderOptions } from './transcode/transcoder-options.ts';
