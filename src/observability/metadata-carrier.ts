import type { TextMapGetter, TextMapSetter } from '@opentelemetry/api';
import type { Metadata, ReadonlyMetadata } from '../core/metadata.ts';

const maxStateLength = 512;
const maxStateMembers = 32;
const maxBaggageLength = 8_192;
const sendable = /^[\x20-\x7e]+$/;
const stateKey = '(?:[a-z0-9][_0-9a-z*/-]{0,240}@[a-z][_0-9a-z*/-]{0,13}|[a-z0-9][_0-9a-z*/-]{0,255})';
const stateMember = new RegExp(
  String.raw`^(?:${stateKey}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e])?$`,
);

/** The `tracestate` of a caller; undefined when there is none, it is malformed, or beyond 512 characters or 32 members (Trace Context). */
export function traceStateOf(metadata: ReadonlyMetadata): string | undefined {
  // A tab is legal around members, but in no metadata of ours.
  const state = joined(metadata, 'tracestate')?.replaceAll('\t', ' ').trim();
  if (state === undefined || !sendable.test(state) || state.length > maxStateLength) return undefined;
  const members = state.split(',').map((member) => member.trim());
  const legal = members.length <= maxStateMembers && members.every((member) => stateMember.test(member));
  return legal ? state : undefined;
}

/** The `baggage` of a caller; undefined when there is none, it cannot travel on, or is beyond 8,192 bytes (W3C Baggage). */
export function baggageOf(metadata: ReadonlyMetadata): string | undefined {
  const baggage = joined(metadata, 'baggage');
  return baggage !== undefined && baggage.length <= maxBaggageLength && sendable.test(baggage) ? baggage : undefined;
}

/**
 * How OpenTelemetry's propagators read metadata. Bytes under a `-bin` key are base64 text to them; a tracestate or baggage that is
 * malformed or too large is not there.
 */
export const metadataGetter: TextMapGetter<ReadonlyMetadata> = {
  keys: (metadata) => [...metadata.keys()],
  get(metadata, name) {
    const key = name.toLowerCase();
    if (key === 'tracestate') return traceStateOf(metadata);
    if (key === 'baggage') return baggageOf(metadata);
    if (!key.endsWith('-bin')) return joined(metadata, key);
    const [bytes] = metadata.getAll(key) as readonly unknown[] as readonly Uint8Array[];
    return bytes === undefined ? undefined : Buffer.from(bytes).toString('base64');
  },
};

/** How they write it: base64 text under a `-bin` key is sent as the bytes it stands for. What cannot be sent is left out. */
export const metadataSetter: TextMapSetter<Metadata> = {
  set(metadata, name, value) {
    try {
      metadata.set(name, name.toLowerCase().endsWith('-bin') ? Buffer.from(value, 'base64') : value);
    } catch {
      // A propagator's taste in keys or values must not fail a call.
    }
  },
};

/** Several values of a key are one list (RFC 9110, 5.3). */
function joined(metadata: ReadonlyMetadata, key: string): string | undefined {
  const values = metadata.getAll(key);
  return values.length > 1 ? values.join(',') : (values[0] as string | undefined);
}
