import {
  type Channel,
  Code,
  connect,
  createServer,
  type Detail,
  errorInfo,
  inProcess,
  loadServices,
  type ProtoFile,
  type Service,
  silentLogger,
} from 'flowrpc';
import { health, reflection } from 'flowrpc/services';
import { describe, expect, test } from 'vitest';
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from '../../src/wire/gen/grpc/reflection/v1/reflection.ts';
import { ServerReflection as ServerReflectionAlpha } from '../../src/wire/gen/grpc/reflection/v1alpha/reflection.ts';
import { descriptorIndex, loadFiles, protoFile } from '../../src/wire/index.ts';
import { gate, pause } from '../suites/gate.ts';
import { echo, ProbeService } from '../suites/probe-service.ts';
import { collect, serve, ways } from './fixture.ts';

type Question = NonNullable<ServerReflectionRequest['messageRequest']>;
type Answer = ServerReflectionResponse['messageResponse'];

const protos = 'test/services/protos';
const zoo = await loadServices(
  ['zoo/zoo.proto', 'zoo/vault.proto'].map((path) => `${protos}/${path}`),
  {
    includeDirs: [protos],
  },
);
const zooService = zoo['zoo.Zoo']!;
const vault = zoo['zoo.Vault']!;

async function ask(channel: Channel, questions: readonly Question[], version = ServerReflection): Promise<Answer[]> {
  const requests = questions.map((messageRequest) => ({ host: 'h', messageRequest }));
  const answers: Answer[] = [];
  for await (const response of channel.client(version).serverReflectionInfo(requests)) {
    expect(response).toMatchObject({ validHost: 'h', originalRequest: requests[answers.length]! });
    answers.push(response.messageResponse);
  }
  return answers;
}

const bySymbol = (value: string): Question => ({ case: 'fileContainingSymbol', value });
const byFile = (value: string): Question => ({ case: 'fileByFilename', value });
const list: Question = { case: 'listServices', value: '' };

function files(answer: Answer): ProtoFile[] {
  if (answer?.case !== 'fileDescriptorResponse') throw new Error(JSON.stringify(answer));
  return answer.value.fileDescriptorProto.map(protoFile);
}

function names(answer: Answer): string[] {
  if (answer?.case === 'listServicesResponse') return answer.value.service.map(({ name }) => name);
  return files(answer).map(({ name }) => name);
}

const own = [
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
];
const zooFiles = ['zoo/zoo.proto', 'zoo/animal.proto', 'google/protobuf/timestamp.proto'];
const notFound = { case: 'errorResponse', value: { errorCode: Code.NOT_FOUND } };

describe.each(ways)('reflection() %s', (way) => {
  test.each([
    ['v1', ServerReflection],
    ['v1alpha', ServerReflectionAlpha as unknown as typeof ServerReflection],
  ])('%s lists services as they come and go, itself and health too', async (_, version) => {
    await using at = await serve(way, health(), reflection());
    const before = await ask(at.channel, [list], version);

    at.server.add(zooService, {});
    const added = await ask(at.channel, [list, bySymbol('zoo.Zoo')], version);
    at.server.remove(zooService);
    const removed = await ask(at.channel, [list, bySymbol('zoo.Zoo'), byFile('zoo/zoo.proto')], version);

    expect(names(before[0])).toEqual(own);
    expect(names(added[0])).toEqual([...own, 'zoo.Zoo']);
    expect(names(added[1])).toEqual(zooFiles);
    expect(names(removed[0])).toEqual(own);
    expect(removed.slice(1)).toMatchObject([notFound, notFound]);
  });

  test('an open stream sees what changes meanwhile', async () => {
    await using at = await serve(way, reflection());
    const added = gate();
    const answers = at.channel.client(ServerReflection).serverReflectionInfo(
      (async function* () {
        yield { messageRequest: bySymbol('zoo.Zoo') };
        await added.promise;
        yield { messageRequest: bySymbol('zoo.Zoo') };
      })(),
    );

    const first = (await answers.next()).value?.messageResponse;
    at.server.add(zooService, {});
    added.open();
    const second = (await answers.next()).value?.messageResponse;

    expect(first).toMatchObject(notFound);
    expect(names(second)).toEqual(zooFiles);
    await answers.return!();
  });

  test('every kind of symbol leads to its real file', async () => {
    await using at = await serve(way, reflection());
    at.server.add(zooService, {});
    const expected = {
      'zoo.Zoo': 'zoo/zoo.proto',
      'zoo.Zoo.Feed': 'zoo/zoo.proto',
      'zoo.Animal': 'zoo/animal.proto',
      'zoo.Animal.name': 'zoo/animal.proto',
      'zoo.Animal.sound': 'zoo/animal.proto',
      'zoo.Cage.Size': 'zoo/animal.proto',
      'zoo.Cage.LARGE': 'zoo/animal.proto',
      'zoo.stripes': 'zoo/animal.proto',
      'google.protobuf.Timestamp': 'google/protobuf/timestamp.proto',
      'grpc.reflection.v1.ErrorResponse': 'grpc/reflection/v1/reflection.proto',
    };

    const found = await Promise.all(Object.keys(expected).map((symbol) => ask(at.channel, [bySymbol(symbol)])));

    expect(found.map(([answer]) => names(answer)[0])).toEqual(Object.values(expected));
  });

  test('a stream gets imports once, and the file it asks for always', async () => {
    await using at = await serve(way, reflection());
    at.server.add(zooService, {}).add(vault, {});

    const answers = await ask(at.channel, ['zoo.Zoo', 'zoo.Vault', 'zoo.Zoo'].map(bySymbol));

    expect(answers.map(names)).toEqual([zooFiles, ['zoo/vault.proto'], ['zoo/zoo.proto']]);
    expect(files(answers[0]).map(({ bytes }) => Buffer.from(bytes))).toEqual(
      zooFiles.map((name) => Buffer.from(zooService.files.find((file) => file.name === name)!.bytes)),
    );
  });

  test('extensions are found by type and number', async () => {
    await using at = await serve(way, reflection());
    at.server.add(zooService, {});
    const extension = (containingType: string, extensionNumber: number): Question => ({
      case: 'fileContainingExtension',
      value: { containingType, extensionNumber },
    });
    const numbers = (value: string): Question => ({ case: 'allExtensionNumbersOfType', value });

    const answers = await ask(at.channel, [
      extension('zoo.Animal', 101),
      numbers('zoo.Animal'),
      numbers('zoo.Cage'),
      extension('zoo.Animal', 102),
      extension('zoo.Nothing', 100),
      numbers('zoo.Nothing'),
      numbers('constructor'),
    ]);

    expect(names(answers[0])[0]).toBe('zoo/animal.proto');
    expect(answers[1]?.value).toEqual({ baseTypeName: 'zoo.Animal', extensionNumber: [100, 101] });
    expect(answers[2]?.value).toEqual({ baseTypeName: 'zoo.Cage', extensionNumber: [] });
    expect(answers.slice(3)).toMatchObject([notFound, notFound, notFound, notFound]);
  });

  test('names that objects inherit, unknown and huge ones are NOT_FOUND, briefly (T-08)', async () => {
    await using at = await serve(way, reflection());
    const strange = ['constructor', '__proto__', 'toString', 'hasOwnProperty', '', '.', 'zoo', 'x'.repeat(100_000)];

    const answers = await ask(at.channel, [...strange.map(bySymbol), ...strange.map(byFile)]);

    expect(answers).toMatchObject(answers.map(() => notFound));
    expect(Math.max(...answers.map((answer) => JSON.stringify(answer).length))).toBeLessThan(300);
  });

  test('a request that asks nothing gets an error and the stream goes on', async () => {
    await using at = await serve(way, reflection());
    const requests = [{}, { messageRequest: list }];

    const answers = await collect(at.channel.client(ServerReflection).serverReflectionInfo(requests));

    expect(answers[0]!.messageResponse).toMatchObject({ value: { errorCode: Code.UNIMPLEMENTED } });
    expect(answers[1]!.messageResponse?.case).toBe('listServicesResponse');
  });

  test('10,000 requests on one stream are answered one by one (T-08)', async () => {
    await using at = await serve(way, reflection());
    at.server.add(zooService, {});
    let asked = 0;
    const answers = at.channel.client(ServerReflection).serverReflectionInfo(
      (async function* () {
        for (; asked < 10_000; asked++) yield { messageRequest: bySymbol('zoo.Zoo') };
      })(),
    );
    await answers.next();
    let answered = 1;
    for await (const _ of answers) answered += 1;

    expect(answered).toBe(10_000);
  });

  test('a stream whose answers nobody reads stops being read', async () => {
    await using at = await serve(way, reflection());
    let asked = 0;
    const answers = at.channel.client(ServerReflection).serverReflectionInfo(
      (async function* () {
        for (; asked < 100_000; asked++) yield { messageRequest: byFile('google/rpc/error_details.proto') };
      })(),
    );
    let before = -1;
    while (before !== asked) {
      before = asked;
      await pause(100);
    }

    answers.cancel();

    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(50_000);
  });

  test('details of errors and well-known types are there without a service that imports them', async () => {
    await using at = await serve(way, reflection());
    const detail: Detail = errorInfo({ reason: 'R', domain: 'd' });
    const types = [
      detail.typeUrl.split('/')[1]!,
      'google.rpc.Status',
      'google.rpc.BadRequest',
      'google.protobuf.Struct',
    ];

    const answers = await ask(at.channel, types.map(bySymbol));

    expect(answers.map((answer) => names(answer)[0])).toEqual([
      'google/rpc/error_details.proto',
      'google/rpc/status.proto',
      'google/rpc/error_details.proto',
      'google/protobuf/struct.proto',
    ]);
  });

  test('hidden services are neither listed nor served by symbol or file (T-08)', async () => {
    await using at = await serve(
      way,
      reflection({ visible: ({ name }) => name !== 'zoo.Vault' && name !== 'zoo.Keeper' }),
    );
    at.server.add(zooService, {}).add(vault, {}).add(zoo['zoo.Keeper']!, {});

    const answers = await ask(at.channel, [
      list,
      bySymbol('zoo.Zoo'),
      // Declared in a file that Zoo needs.
      bySymbol('zoo.Keeper'),
      bySymbol('zoo.Keeper.Hire'),
      bySymbol('zoo.Vault'),
      bySymbol('zoo.Vault.Open'),
      bySymbol('zoo.Secret'),
      byFile('zoo/vault.proto'),
    ]);

    expect(names(answers[0])).toEqual([...own.slice(1), 'zoo.Zoo']);
    expect(names(answers[1])).toEqual(zooFiles);
    expect(answers.slice(2)).toMatchObject(Array.from({ length: 6 }, () => notFound));
  });

  test('an open stream does not hold up close()', async () => {
    await using at = await serve(way, reflection());
    const answers = at.channel.client(ServerReflection).serverReflectionInfo(
      (async function* () {
        yield { messageRequest: list };
        await new Promise(() => {});
      })(),
    );
    await answers.next();

    const report = await at.server.close({ graceMs: 10_000 });

    expect(report.cut).toEqual([]);
    answers.cancel();
  });
});

describe('files of one name', () => {
  async function shop(side: string): Promise<Service> {
    const dir = `${protos}/${side}`;
    return (await loadServices(`${dir}/service.proto`, { includeDirs: [dir] }))[`${side}.Shop`]!;
  }

  test('that differ are served under names of their own, each service whole', async () => {
    const [east, west] = [await shop('east'), await shop('west')];
    await using at = await serve('in process', reflection());
    at.server.add(east, {}).add(west, {});

    const answers = await ask(at.channel, ['east.Shop', 'west.Shop', 'west.Item'].map(bySymbol));

    expect(answers.map(names)).toEqual([
      ['service.proto', 'types.proto'],
      ['service.2.proto', 'types.2.proto'],
      ['types.2.proto'],
    ]);
    const index = descriptorIndex(answers.slice(0, 2).flatMap(files));
    expect(index.services.get('west.Shop')!.methods[0]!.input.fields[0]!.name).toBe('west_name');
    expect(index.services.get('east.Shop')!.methods[0]!.input.fields[0]!.name).toBe('east_name');
  });

  test('that declare the same are served once, whatever compiler made them', async () => {
    const again = await loadServices(`${protos}/zoo/vault.proto`, { includeDirs: [protos] });
    const copy = { ...again['zoo.Vault']!, files: again['zoo.Vault']!.files.map(withOptions) };
    await using at = await serve('in process', reflection());
    at.server.add(zooService, {}).add(copy, {});

    const answers = await ask(at.channel, [bySymbol('zoo.Zoo'), bySymbol('zoo.Vault')]);

    expect(answers.map(names)).toEqual([zooFiles, ['zoo/vault.proto']]);
  });

  /** Options are field 8, a message; fields of a message that comes twice are merged. */
  function withOptions({ name, bytes, dependencies }: ProtoFile): ProtoFile {
    const javaPackage = Buffer.from('\x42\x05\x0a\x03a.b', 'latin1');
    return { name, bytes: Buffer.concat([bytes, javaPackage]), dependencies };
  }

  test('are served as one when a service brings an import cycle', async () => {
    const [file] = (await loadFiles(`${protos}/east/types.proto`)).slice(-1);
    // dependency = field 3: the file imports itself.
    const cyclic = protoFile(Buffer.concat([file!.bytes, Buffer.from('\x1a\x0btypes.proto', 'latin1')]));
    await using at = await serve('in process', reflection());
    at.server.add({ name: 'east.Odd', methods: {}, files: [cyclic] }, {});

    const answers = await ask(at.channel, [byFile('types.proto')]);

    expect(names(answers[0])).toEqual(['types.proto']);
  });
});

test('a service without descriptors is listed, its symbol is not found', async () => {
  await using at = await serve('in process', reflection());
  at.server.add(ProbeService, echo);

  const answers = await ask(at.channel, [list, bySymbol('suite.Probe')]);

  expect(names(answers[0])).toContain('suite.Probe');
  expect(answers[1]).toMatchObject(notFound);
});

test('reflection() is for one server, its options are checked, its interceptors are its own', async () => {
  const modules = reflection({
    interceptors: [async (call, next) => next(call.metadata.has('secret') ? call : call.withTimeout(0))],
  });
  const server = createServer({ logger: silentLogger }).add(modules);
  await using channel = connect(inProcess(server));
  const open = channel.client(ServerReflection);

  const refused = await collect(open.serverReflectionInfo([{ messageRequest: list }])).catch((error) => error.code);
  const allowed = await collect(open.serverReflectionInfo([{ messageRequest: list }], { metadata: { secret: 'yes' } }));

  expect(refused).toBe(Code.DEADLINE_EXCEEDED);
  expect(allowed.length).toBe(1);
  expect(() => createServer({ logger: silentLogger }).add(modules)).toThrow(/second server/);
  expect(() => reflection({ visibel: () => true } as never)).toThrow(/did you mean "visible"/);
  await server.close();
});
