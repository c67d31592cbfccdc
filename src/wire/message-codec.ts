import type { ProtoFile } from '../core/method.ts';
import { checkOptions } from '../core/options.ts';
import { didYouMean } from '../core/suggest.ts';
import { type CodecOptions, type CodecStyle, codecStyle } from './codec-options.ts';
import { type DescriptorIndex, descriptorIndex } from './descriptor-index.ts';
import { type MessageType, typeOf } from './message-type.ts';

/** The codec of one message type out of serialized descriptors, which may come from a peer. */
export function messageCodec(files: readonly ProtoFile[], typeName: string, options: CodecOptions = {}): MessageType {
  checkOptions('messageCodec', options, ['int64']);
  return typeIn(descriptorIndex(files), typeName, codecStyle(options));
}

/** The codec of a type that an index knows. */
export function typeIn(index: DescriptorIndex, typeName: string, style: CodecStyle): MessageType {
  const schema = index.messages.get(typeName);
  if (schema !== undefined) return typeOf(schema, style);
  throw new Error(
    `Cannot make a codec for "${typeName}": no file declares it${didYouMean(typeName, index.messages.keys())}`,
  );
}
