declare const exact: unique symbol;

/** A message type that senders must fill as it is, such as a class of another generator: `Init` leaves it alone. */
export type Exact<T> = T & { readonly [exact]?: true };

type Atom = string | number | boolean | symbol | null | undefined | Uint8Array | Date | ((...args: never) => unknown);

type InitOneof<C, V> = { case: C; value: Init<V> };

/**
 * What a sender may pass for a decoded `T`: fields may be left out and then have their default, 64-bit integers may be
 * plain numbers, at every depth. Members of a oneof keep their `case` and `value`.
 */
export type Init<T> = unknown extends T
  ? T
  : T extends Atom
    ? T
    : T extends bigint
      ? bigint | number
      : T extends readonly (infer E)[]
        ? readonly Init<E>[]
        : typeof exact extends keyof T
          ? T
          : T extends { case: infer C; value: infer V }
            ? string extends C
              ? { [K in keyof T]?: Init<T[K]> }
              : InitOneof<C, V>
            : { [K in keyof T]?: Init<T[K]> };
