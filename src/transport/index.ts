export { type InProcessOptions, inProcess } from './in-process.ts';
