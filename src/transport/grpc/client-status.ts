import type { StatusObject } from '@grpc/grpc-js';
import { Code, codeOf } from '../../core/code.ts';
import { Metadata } from '../../core/metadata.ts';
import { type Status, statusFrom } from '../../core/status.ts';
import { decodeStatusDetails } from '../../wire/status-details.ts';
import { fromGrpc } from './grpc-metadata.ts';
import { cameFromPeer } from './peer-marks.ts';

/** The longest status message kept; peers may send any number of bytes. */
const maxMessage = 16 * 1024;

/** How a call ended, from what grpc-js says: any code becomes one of the 17, details are unpacked, a broken trailer is left out. */
export function clientStatus({ code, details, metadata }: StatusObject): Status {
  const origin = cameFromPeer({ code, metadata }) ? 'peer' : 'local';
  // Broken compression is reported without a code.
  const known = code === undefined ? Code.INTERNAL : codeOf(code);
  const packed = metadata?.get('grpc-status-details-bin')[0];
  const unpacked = packed instanceof Uint8Array ? decodeStatusDetails(packed)?.details : undefined;
  const trailer = metadata === undefined ? new Metadata() : fromGrpc(metadata);
  return statusFrom(known, messageOf(known, details), { details: unpacked, trailer: trailer.size > 0 ? trailer : undefined, origin });
}

function messageOf(code: Code, details: unknown): string {
  if (typeof details !== 'string') return 'The response is malformed';
  if (code === Code.OK && details === 'OK') return '';
  return details.length > maxMessage ? `${details.slice(0, maxMessage).toWellFormed()}…` : details;
}
