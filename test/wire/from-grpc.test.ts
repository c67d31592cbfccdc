import { fileURLToPath } from 'node:url';
import { loadPackageDefinition, type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { Code, StatusError } from 'flowrpc';
import protobuf from 'protobufjs';
import { expect, expectTypeOf, test } from 'vitest';
import { fromGrpc } from '../../src/wire/index.ts';

const proto = fileURLToPath(new URL('protos/helloworld.proto', import.meta.url));

interface HelloRequest {
  name: string;
}

/** A message type with the surface that ts-proto gives one. */
const HelloRequest = {
  encode(message: HelloRequest, writer: protobuf.Writer = protobuf.Writer.create()): protobuf.Writer {
    return message.name === '' ? writer : writer.uint32(10).string(message.name);
  },
  decode(input: Uint8Array): HelloRequest {
    const reader = protobuf.Reader.create(input);
    const message = { name: '' };
    while (reader.pos < reader.len) {
      if (reader.uint32() === 10) message.name = reader.string();
      else throw new Error('unknown field');
    }
    return message;
  },
  fromPartial(message: Partial<HelloRequest>): HelloRequest {
    return { name: '', ...message };
  },
};

const GreeterDefinition = {
  name: 'Greeter',
  fullName: 'helloworld.Greeter',
  methods: {
    sayHello: {
      name: 'SayHello',
      requestType: HelloRequest,
      requestStream: false,
      responseType: HelloRequest,
      responseStream: false,
      options: { idempotencyLevel: 'IDEMPOTENT' },
    },
    chat: {
      name: 'Chat',
      requestType: HelloRequest,
      requestStream: true,
      responseType: HelloRequest,
      responseStream: true,
      options: {},
    },
  },
} as const;

const GreeterService = {
  sayHello: {
    path: '/helloworld.Greeter/SayHello',
    requestStream: false,
    responseStream: true,
    requestSerialize: (value: HelloRequest) => Buffer.from(HelloRequest.encode(value).finish()),
    requestDeserialize: (value: Buffer) => HelloRequest.decode(value),
    responseSerialize: (value: HelloRequest) => Buffer.from(HelloRequest.encode(value).finish()),
    responseDeserialize: (value: Buffer) => HelloRequest.decode(value),
  },
} as const;

test('fromGrpc() takes the generic definitions of ts-proto, partial messages included', () => {
  const greeter = fromGrpc(GreeterDefinition);

  expect(greeter.name).toBe('helloworld.Greeter');
  expect(greeter.methods.sayHello).toMatchObject({
    path: '/helloworld.Greeter/SayHello',
    kind: 'unary',
    idempotency: 'idempotent',
    localName: 'sayHello',
  });
  expect(greeter.methods.chat.kind).toBe('bidi');
  expect(greeter.methods.sayHello.request.encode({} as HelloRequest)).toHaveLength(0);
  expectTypeOf(greeter.methods.sayHello.request.decode(new Uint8Array())).toEqualTypeOf<HelloRequest>();
  expectTypeOf(greeter.methods.chat.kind).toEqualTypeOf<'bidi'>();
});

test('fromGrpc() takes the grpc-js definitions of ts-proto and protoc', () => {
  const greeter = fromGrpc(GreeterService);

  const { sayHello } = greeter.methods;
  expect(greeter.name).toBe('helloworld.Greeter');
  expect(sayHello.kind).toBe('serverStream');
  expect(sayHello.response.decode(sayHello.request.encode({ name: 'Ada' }))).toEqual({ name: 'Ada' });
  expectTypeOf(sayHello.kind).toEqualTypeOf<'serverStream'>();
  expectTypeOf(sayHello.request.decode(new Uint8Array()).name).toEqualTypeOf<string>();
});

test('fromGrpc() takes what proto-loader made, descriptors included', () => {
  const loaded = loadPackageDefinition(loadSync(proto)).helloworld as unknown as { Greeter: ServiceClientConstructor };

  const greeter = fromGrpc(loaded.Greeter.service);

  expect(Object.keys(greeter.methods)).toEqual(['sayHello', 'sayHelloOften', 'collect', 'chat']);
  expect(Object.values(greeter.methods as object).map(({ kind }) => kind)).toEqual([
    'unary',
    'serverStream',
    'clientStream',
    'bidi',
  ]);
  expect(greeter.files.length).toBeGreaterThan(0);
  expect(() => fromGrpc(loaded.Greeter)).toThrow('give its "service" property');
});

test('errors of serializers become statuses', () => {
  const { request } = fromGrpc(GreeterService).methods.sayHello;
  const codeOf = (act: () => unknown) => {
    try {
      return act();
    } catch (error) {
      return error instanceof StatusError ? error.code : error;
    }
  };

  expect(codeOf(() => request.encode(null as never))).toBe(Code.INVALID_ARGUMENT);
  expect(codeOf(() => request.decode(Uint8Array.of(0x50)))).toBe(Code.INTERNAL);
});

test('fromGrpc() says what is no definition', () => {
  expect(() => fromGrpc({})).toThrow('without methods');
  expect(() => fromGrpc({ sayHello: { requestStream: false } })).toThrow('"sayHello" is not a method');
});
