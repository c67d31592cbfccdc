import type { Codec, Method, Service } from '../core/method.ts';
import { decodeFile, encodeFile } from '../wire/descriptor-file.ts';
import { Dialogue, type Frame, file } from '../wire/gen/flowrpc/v1/dialogue.ts';
import { messageCodec } from '../wire/index.ts';

/** Payloads stay bytes, so that a bad one fails its own request and not the stream. */
type WithBytes<T> = 'payload' extends keyof T ? Omit<T, 'payload'> & { payload: Uint8Array } : T;

type WithBytesIn<K> = K extends { case: infer C; value: infer V } ? { case: C; value: WithBytes<V> } : never;

export type FrameKind = WithBytesIn<NonNullable<Frame['kind']>>;

/** `flowrpc.v1.Frame` as a dialogue reads and writes it; without a kind when it is of one that is not known here. */
export interface RawFrame {
  kind?: FrameKind;
}

/** What a frame of one kind holds. */
export type FrameOf<C extends FrameKind['case']> = Extract<FrameKind, { case: C }>['value'];

const bytesType = 12;

/**
 * On the wire a message and the bytes of one are the same, so a reader may take either. Without `redact`: nobody knows what payloads and
 * metadata hold, so logs do not show them.
 */
function rawFrames(): Codec<RawFrame> {
  const [own, ...imported] = file.files;
  const descriptor = structuredClone(decodeFile(own!));
  for (const frame of descriptor.messageType)
    for (const { field } of frame.nestedType)
      for (const each of field)
        if (each.name === 'payload') Object.assign(each, { type: bytesType, typeName: undefined });
  const { typeName, encode, decode } = messageCodec([encodeFile(descriptor), ...imported], 'flowrpc.v1.Frame');
  return { typeName, encode, decode: (bytes) => decode(bytes) as RawFrame };
}

const frames = rawFrames();

/** `flowrpc.v1.Dialogue` with its published descriptors and payloads that are bytes of google.protobuf.Value. */
export const RawDialogue: Service<{ open: Method<RawFrame, RawFrame, 'bidi'> }> = {
  ...Dialogue,
  methods: { open: { ...Dialogue.methods.open, request: frames, response: frames } },
};
