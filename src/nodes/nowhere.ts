import type { ResponseSink } from '../core/call.ts';

/** Where the answers of calls go that nobody has made. */
export const nowhere: ResponseSink = { header() {}, message() {} };
