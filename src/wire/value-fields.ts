/** Tags of google.protobuf.Value, and of the field that flowrpc adds to it (proto/flowrpc/v1/value.proto). */
export const valueTag = {
  null: (1 << 3) | 0,
  number: (2 << 3) | 1,
  string: (3 << 3) | 2,
  boolean: (4 << 3) | 0,
  struct: (5 << 3) | 2,
  list: (6 << 3) | 2,
  hint: (15 << 3) | 0,
} as const;

/** Tag of `Struct.fields` and of `ListValue.values`. */
export const itemsTag = (1 << 3) | 2;

/** Tags inside an entry of `Struct.fields`. */
export const entryTag = { key: (1 << 3) | 2, value: (2 << 3) | 2 } as const;

/** What a standard field stands for, where JSON can't tell. */
export const Hint = { INT64: 1, UINT64: 2, BYTES: 3, DOUBLE: 4, ERROR: 5, NONE: 6 } as const;

/**
 * How deep lists and objects may nest, on both sides; an Error counts as an object. Readers that bound nested
 * *messages* at 100, as protobufjs and Java do, refuse values beyond about a third of it.
 */
export const maxValueDepth = 100;
