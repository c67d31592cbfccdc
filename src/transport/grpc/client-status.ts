import { Metadata as GrpcMetadata, type StatusObject } from '@grpc/grpc-js';
import { Code, codeOf } from '../../core/code.ts';
import { type Status, statusFrom } from '../../core/status.ts';
import { decodeStatusDetails } from '../../wire/status-details.ts';
import { fromGrpc } from './grpc-metadata.ts';
import { peerMessage } from './peer-status.ts';

/** The longest status message kept; peers may send any number of bytes. */
const maxMessage = 16 * 1024;

/** How a call ended, from what grpc-js says: any code becomes one of the 17, details are unpacked, a broken trailer is left out. */
export function clientStatus({ code, details, metadata = new GrpcMetadata() }: StatusObject): Status {
  const told = peerMessage(metadata);
  // Broken compression is reported without a code.
  const known = code === undefined ? Code.INTERNAL : codeOf(code);
  const packed = metadata.get('grpc-status-details-bin')[0];
  const unpacked = packed instanceof Uint8Array ? decodeStatusDetails(packed)?.details : undefined;
  const trailer = fromGrpc(metadata);
  return statusFrom(known, known === Code.OK ? '' : clipped(told ?? details ?? 'The response is malformed'), {
    details: unpacked,
    trailer: trailer.size > 0 ? trailer : undefined,
    // Nothing but a peer can say OK.
    origin: told !== undefined || known === Code.OK ? 'peer' : 'local',
  });
}

function clipped(message: string): string {
  return message.length > maxMessage ? `${message.slice(0, maxMessage).toWellFormed()}…` : message;
}
