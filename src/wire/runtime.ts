// What generated modules of this package import, in place of the public entry.
export type { Method, Service } from '../core/method.ts';
export { defineFile, messageOf, serviceOf } from './define-file.ts';
export type { MessageType } from './message-type.ts';
