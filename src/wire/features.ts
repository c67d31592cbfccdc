import type { FileDescriptor } from './descriptor.ts';
import { readOptions } from './descriptor-file.ts';
import { lookup } from './lookup.ts';

/** What proto2, proto3 and editions decide differently. */
export interface Features {
  readonly presence: 'implicit' | 'explicit' | 'required';
  readonly packed: boolean;
  /** Messages are written as groups. */
  readonly group: boolean;
  /** Enums have no values beside those declared. */
  readonly closed: boolean;
}

const bySyntax: Readonly<Record<string, Features>> = {
  proto2: { presence: 'explicit', packed: false, group: false, closed: true },
  proto3: { presence: 'implicit', packed: true, group: false, closed: false },
  editions: { presence: 'explicit', packed: true, group: false, closed: false },
};

/** The features that everything in a file starts from. */
export function fileFeatures(file: FileDescriptor): Features {
  return inherit(lookup(bySyntax, file.syntax ?? 'proto2') ?? bySyntax.proto2!, 'FileOptions', file.options);
}

/** Features of a declaration: those around it, changed by its own `features` option (protobuf editions). */
export function inherit(outer: Features, kind: string, options: Uint8Array | undefined): Features {
  if (options === undefined) return outer;
  const { features } = readOptions(kind, options) as { features?: Readonly<Record<string, string>> };
  if (features === undefined) return outer;
  const { fieldPresence, enumType, repeatedFieldEncoding, messageEncoding } = features;
  return {
    presence: presences[fieldPresence ?? ''] ?? outer.presence,
    packed: repeatedFieldEncoding === undefined ? outer.packed : repeatedFieldEncoding === 'PACKED',
    group: messageEncoding === undefined ? outer.group : messageEncoding === 'DELIMITED',
    closed: enumType === undefined ? outer.closed : enumType === 'CLOSED',
  };
}

const presences: Readonly<Record<string, Features['presence']>> = {
  EXPLICIT: 'explicit',
  IMPLICIT: 'implicit',
  LEGACY_REQUIRED: 'required',
};
