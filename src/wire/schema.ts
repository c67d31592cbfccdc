import type { Idempotency, MethodKind } from '../core/method.ts';
import type { EnumDescriptor, MessageDescriptor, ServiceDescriptor } from './descriptor.ts';
import type { ScalarType } from './scalar.ts';

/** A message as plain code sees it. */
export type Fields = Record<string, unknown>;

/** A field with everything that descriptors say indirectly already resolved. */
export interface FieldSchema {
  /** As in the proto file: `user_id`. */
  readonly name: string;
  /** As in code: `userId`. */
  readonly localName: string;
  readonly jsonName: string;
  readonly number: number;
  readonly type: ScalarType | 'enum' | 'message';
  readonly message?: MessageSchema;
  readonly enum?: EnumSchema;
  readonly list: boolean;
  readonly packed: boolean;
  /** Set for maps, whose `type` is then `message` and `list` false. */
  readonly map?: { readonly key: FieldSchema; readonly value: FieldSchema };
  /** `implicit`: absent and default are one; `explicit`: absent is undefined; `required`: must be given. */
  readonly presence: 'implicit' | 'explicit' | 'required';
  /** The oneof it belongs to, unless that only stands for `optional`. */
  readonly oneof?: OneofSchema;
  /** A proto2 group, or an editions field with DELIMITED encoding. */
  readonly group: boolean;
}

export interface OneofSchema {
  readonly name: string;
  readonly localName: string;
  readonly fields: FieldSchema[];
}

export interface EnumSchema {
  /** Full name. */
  readonly name: string;
  readonly numbers: ReadonlyMap<string, number>;
  /** The first name of each number, should there be aliases. */
  readonly names: ReadonlyMap<number, string>;
  /** The value of an absent field: the first one declared. */
  readonly zero: string | number;
  /** Whether it has no values beside those declared (proto2). Our codecs keep unknown numbers all the same; others drop them. */
  readonly closed: boolean;
  readonly descriptor: EnumDescriptor;
}

/** A message type. Fields are resolved on first use, so types may refer to each other in any order. */
export class MessageSchema {
  /** Full name: `helloworld.HelloRequest`. */
  readonly name: string;
  readonly descriptor: MessageDescriptor;
  readonly #resolve: () => readonly FieldSchema[];
  #fields: readonly FieldSchema[] | undefined;

  constructor(name: string, descriptor: MessageDescriptor, resolve: () => readonly FieldSchema[]) {
    this.name = name;
    this.descriptor = descriptor;
    this.#resolve = resolve;
  }

  /** In the order they were declared. */
  get fields(): readonly FieldSchema[] {
    return (this.#fields ??= this.#resolve());
  }
}

export interface MethodSchema {
  readonly name: string;
  readonly localName: string;
  readonly kind: MethodKind;
  readonly input: MessageSchema;
  readonly output: MessageSchema;
  readonly idempotency: Idempotency;
}

export interface ServiceSchema {
  /** Full name. */
  readonly name: string;
  /** Name of the declaring file. */
  readonly file: string;
  readonly methods: readonly MethodSchema[];
  readonly descriptor: ServiceDescriptor;
}
