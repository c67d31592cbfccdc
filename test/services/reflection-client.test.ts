import {
  type Channel,
  Code,
  connect,
  createServer,
  type Handler,
  inProcess,
  loadServices,
  type Service,
  silentLogger,
} from 'flowrpc';
import { health, reflection, reflectionClient } from 'flowrpc/services';
import { describe, expect, test } from 'vitest';
import { ServerReflection, type ServerReflectionResponse } from '../../src/wire/gen/grpc/reflection/v1/reflection.ts';
import { encodeFileSet, protoFile } from '../../src/wire/index.ts';
import { serve, ways } from './fixture.ts';

const protos = 'test/services/protos';
const zoo: Service = (await loadServices(`${protos}/zoo/zoo.proto`, { includeDirs: [protos] }))['zoo.Zoo']!;
const feed = { feed: (animal: unknown) => ({ ...(animal as object), roar: undefined }) };

describe.each(ways)('reflectionClient() %s', (way) => {
  test.each([
    ['v1', reflection().slice(0, 1)],
    ['v1alpha', reflection().slice(1)],
  ])('lists and calls services through %s', async (_, modules) => {
    await using at = await serve(way, health(), modules);
    at.server.add(zoo, { feed: (animal: unknown) => animal } as never);
    await using client = reflectionClient(at.channel);

    const names = await client.list();
    const service = await client.service('zoo.Zoo');
    const call = at.channel.client(service).feed as (request: unknown) => Promise<unknown>;
    const reply = await call({ name: 'Leo', sound: { case: 'roar', value: 'RAH' }, born: { seconds: 7 } });

    expect(names).toEqual(['grpc.health.v1.Health', modules[0]!.service.name, 'zoo.Zoo']);
    expect(Object.keys(service.methods)).toEqual(['feed', 'watch']);
    expect(reply).toMatchObject({ name: 'Leo', sound: { case: 'roar', value: 'RAH' }, born: { seconds: 7n } });
    for (const module of modules) at.server.remove(module.service);
  });

  test('files() has the declaring file first, and keeps what it fetched until forget()', async () => {
    await using at = await serve(way, reflection());
    at.server.add(zoo, {});
    await using client = reflectionClient(at.channel);

    const first = await client.files('zoo.Animal');
    at.server.remove(zoo);
    const kept = await client.files('zoo.Animal');
    client.forget();
    const forgotten = await client.files('zoo.Animal').catch((error) => error.code);

    expect(first.map(({ name }) => name)).toEqual(['zoo/animal.proto', 'google/protobuf/timestamp.proto']);
    expect(kept).toBe(first);
    expect(forgotten).toBe(Code.NOT_FOUND);
  });

  test('describe() gives proto text of services, methods, messages, enums and fields', async () => {
    await using at = await serve(way, reflection());
    at.server.add(zoo, {});
    await using client = reflectionClient(at.channel);

    const [service, method, slashed, size, field] = await Promise.all(
      ['zoo.Zoo', 'zoo.Zoo.Watch', 'zoo.Zoo/Watch', 'zoo.Cage.Size', 'zoo.Animal.name'].map((symbol) =>
        client.describe(symbol),
      ),
    );

    expect(service).toMatch(/^service Zoo \{\n {2}rpc Feed\(zoo.Animal\) returns \(zoo.Animal\);\n/);
    expect(method).toBe('rpc Watch(zoo.Animal) returns (stream zoo.Animal);\n');
    expect(slashed).toBe(method);
    expect(size).toMatch(/^enum Size \{/);
    expect(field).toMatch(/^message Animal \{/);
  });

  test('a server without reflection gives UNIMPLEMENTED with advice', async () => {
    await using at = await serve(way, health());
    await using client = reflectionClient(at.channel);

    await expect(client.list()).rejects.toMatchObject({
      code: Code.UNIMPLEMENTED,
      statusMessage: `Cannot ask "${at.channel.target}" what it serves: it has no reflection, switch it on there or give proto files`,
    });
  });

  test('a mistyped name is NOT_FOUND with the nearest service; a message is not a service', async () => {
    await using at = await serve(way, reflection());
    at.server.add(zoo, {});
    await using client = reflectionClient(at.channel);

    await expect(client.service('zoo.Zo')).rejects.toMatchObject({
      code: Code.NOT_FOUND,
      statusMessage: `Cannot read from "${at.channel.target}": it does not know "zoo.Zo", did you mean "zoo.Zoo"?`,
    });
    await expect(client.service('zoo.Animal')).rejects.toThrow(/"zoo.Animal" is not a service/);
    await expect(client.service('constructor')).rejects.toMatchObject({ code: Code.NOT_FOUND });
  });
});

type Answer = ServerReflectionResponse['messageResponse'];

/** A server whose reflection answers what it likes. */
function hostile(answer: (question: { case: string; value: unknown }) => Answer | Promise<Answer>): Channel {
  const serverReflectionInfo: Handler<(typeof ServerReflection)['methods']['serverReflectionInfo']> = async function* (
    requests,
  ) {
    for await (const { messageRequest } of requests) yield { messageResponse: await answer(messageRequest!) };
  };
  const server = createServer({ logger: silentLogger }).add(ServerReflection, { serverReflectionInfo });
  return connect(inProcess(server));
}

/** FileDescriptorProto with a name and imports, and a message `M` when asked. */
function descriptor(name: string, imports: readonly string[], message?: string): Uint8Array {
  const field = (number: number, value: Uint8Array | string): Buffer => {
    const bytes = Buffer.from(value);
    return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
  };
  const types = message === undefined ? [] : [field(4, field(1, message))];
  return Buffer.concat([field(1, name), ...imports.map((path) => field(3, path)), ...types]);
}

const filesAnswer = (...fileDescriptorProto: Uint8Array[]): Answer => ({
  case: 'fileDescriptorResponse',
  value: { fileDescriptorProto },
});

describe('reflectionClient() and a server that means ill', () => {
  test('imports without end are RESOURCE_EXHAUSTED after maxFiles', async () => {
    let asked = 0;
    await using channel = hostile(() => filesAnswer(descriptor(`f${asked++}`, [`f${asked}`], 'M')));
    await using client = reflectionClient(channel, { maxFiles: 50 });

    await expect(client.files('M')).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      statusMessage: 'Cannot read "M": its descriptors need more than maxFiles 50',
    });
    expect(asked).toBeLessThanOrEqual(51);
  });

  test('many files at once, and many bytes, are RESOURCE_EXHAUSTED', async () => {
    const empty = new Uint8Array();
    await using many = hostile(() => filesAnswer(...Array.from({ length: 100_000 }, () => empty)));
    await using large = hostile(() => filesAnswer(Buffer.alloc(900_000, 0x0a)));

    await expect(reflectionClient(many).files('M')).rejects.toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
    await expect(reflectionClient(large, { maxBytes: 100_000 }).files('M')).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
    });
  });

  test('few bytes that declare very much are RESOURCE_EXHAUSTED', async () => {
    await using channel = hostile(() => filesAnswer(Buffer.from('2200'.repeat(300_000), 'hex')));

    await expect(reflectionClient(channel).files('M')).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      statusMessage: 'Cannot read "M": its descriptors need more than 200000 declarations',
    });
  });

  test('import cycles end, also a file that imports itself', async () => {
    const files: Record<string, Uint8Array> = {
      a: descriptor('a', ['a', 'b'], 'M'),
      b: descriptor('b', ['a']),
    };
    await using channel = hostile(({ case: kind, value }) =>
      filesAnswer(files[kind === 'fileByFilename' ? String(value) : 'a']!),
    );
    await using client = reflectionClient(channel);

    expect((await client.files('M')).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('imports the server does not have are left out, standard ones are known here', async () => {
    const timestamp = 'google/protobuf/timestamp.proto';
    await using channel = hostile(({ case: kind }) =>
      kind === 'fileContainingSymbol'
        ? filesAnswer(descriptor('a', ['gone.proto', timestamp], 'M'))
        : { case: 'errorResponse', value: { errorCode: Code.NOT_FOUND, errorMessage: 'no' } },
    );
    await using client = reflectionClient(channel);

    expect((await client.files('M')).map(({ name }) => name)).toEqual(['a', timestamp]);
  });

  test.each<[string, Answer, RegExp]>([
    ['garbage', filesAnswer(Buffer.from([0xff, 0xff])), /INTERNAL/],
    ['files that do not declare the symbol', filesAnswer(descriptor('a', [], 'Other')), /do not declare it/],
    ['two declarations of one name', filesAnswer(descriptor('a', [], 'M'), descriptor('b', [], 'M')), /also in "a"/],
    ['an answer of another kind', { case: 'listServicesResponse', value: { service: [] } }, /another question/],
    ['nothing', undefined, /another question/],
    [
      'an error without a code',
      { case: 'errorResponse', value: { errorCode: 0, errorMessage: 'odd' } },
      /UNKNOWN: odd/,
    ],
  ])('%s is an error', async (_, answer, message) => {
    await using channel = hostile(() => answer);
    await using client = reflectionClient(channel);

    await expect(client.files('M')).rejects.toThrow(message);
  });

  test('an error text without end is cut', async () => {
    const errorMessage = 'x'.repeat(500_000);
    await using channel = hostile(() => ({ case: 'errorResponse', value: { errorCode: 13, errorMessage } }));

    const error: Error = await reflectionClient(channel)
      .files('M')
      .catch((thrown) => thrown);

    expect(error.message.length).toBeLessThan(2_000);
  });

  test('silence ends by timeout, by signal, and by close()', async () => {
    await using channel = hostile(() => new Promise<never>(() => {}));
    const client = reflectionClient(channel);
    const controller = new AbortController();

    await expect(client.list({ timeoutMs: 20 })).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    const aborted = client.list({ signal: controller.signal });
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: Code.CANCELLED });
    const closed = client.list();
    await client.close();
    await expect(closed).rejects.toMatchObject({ code: Code.CANCELLED });
    await expect(client.list()).rejects.toThrow(new TypeError('Cannot ask: the reflection client was closed'));
  });
});

test('a file set of what reflection gave is what protoc would write', async () => {
  await using at = await serve('in process', reflection());
  at.server.add(zoo, feed as never);
  await using client = reflectionClient(at.channel);

  const files = await client.files('zoo.Zoo');

  expect(encodeFileSet(files).byteLength).toBeGreaterThan(0);
  expect(files.map(({ bytes }) => protoFile(bytes).name)).toEqual(zoo.files.map(({ name }) => name));
});
