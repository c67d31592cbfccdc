import type { Exact, Init, Method } from 'flowrpc';
import { expectTypeOf, test } from 'vitest';
import type { MessageType } from '../../src/wire/index.ts';
import { Greeter, type HelloRequest } from './gen/helloworld.ts';
import { KitchenSink } from './gen/shop/kitchen_sink.ts';

test('Init lets senders leave fields out, at every depth', () => {
  const request: Init<HelloRequest> = {};
  const sink: Init<KitchenSink> = {
    anInt64: 5,
    price: { units: 3 },
    children: [{ aString: 'x' }],
    prices: { a: { currency: 'EUR' } },
    payload: { case: 'money', value: { units: 1n } },
    someBytes: new Uint8Array(),
  };

  expectTypeOf(request).toExtend<Init<HelloRequest>>();
  expectTypeOf(sink.payload).toExtend<Init<KitchenSink>['payload']>();
  expectTypeOf<KitchenSink>().toExtend<Init<KitchenSink>>();
});

test('Init refuses what the message does not have', () => {
  // @ts-expect-error a name is text
  const wrong: Init<HelloRequest> = { name: 5 };
  // @ts-expect-error there is no such field
  const unknown: Init<HelloRequest> = { nam: 'x' };
  // @ts-expect-error the value does not belong to this case
  const mixed: Init<KitchenSink> = { payload: { case: 'text', value: 5n } };
  // @ts-expect-error a oneof has one of its cases
  const noCase: Init<KitchenSink> = { payload: { case: 'nothing', value: '' } };

  expectTypeOf([wrong, unknown, mixed, noCase]).toBeArray();
});

test('Init leaves exact types and unknown alone', () => {
  expectTypeOf<Init<unknown>>().toBeUnknown();
  expectTypeOf<Init<Uint8Array>>().toEqualTypeOf<Uint8Array>();
  expectTypeOf<Init<Exact<{ a: number }>>>().toEqualTypeOf<Exact<{ a: number }>>();
  expectTypeOf<{ a: number }>().toExtend<Exact<{ a: number }>>();
});

test('decoding gives full messages, generated services carry kinds', () => {
  const decoded = KitchenSink.decode(new Uint8Array());

  expectTypeOf(decoded.anInt64).toEqualTypeOf<bigint>();
  expectTypeOf(decoded.unit).toEqualTypeOf<'UNIT_UNSPECIFIED' | 'PIECE' | 'GRAM' | number>();
  if (decoded.payload?.case === 'big') expectTypeOf(decoded.payload.value).toEqualTypeOf<bigint>();
  expectTypeOf(Greeter.methods.chat.kind).toEqualTypeOf<'bidi'>();
  expectTypeOf(Greeter.methods.sayHello).toExtend<Method>();
  expectTypeOf<typeof KitchenSink>().toEqualTypeOf<MessageType<KitchenSink>>();
});
