import { createServer, type ProtoFile } from 'flowrpc';
import { transcoder } from 'flowrpc/services';
import { expect, test } from 'vitest';
import { emptyMessage, type MessageDescriptor } from '../../src/wire/descriptor.ts';
import { encodeFile } from '../../src/wire/descriptor-file.ts';
import { servicesFromFiles } from '../../src/wire/index.ts';

test('openApi() names so many parameters of an operation, however many fields messages of messages have', async () => {
  const field = (index: number) => ({ name: `f${index}`, number: index + 1, label: 1, type: 11, typeName: '.a.M' });
  const held = Array.from({ length: 200 }, (_, index) => field(index));
  const text = { name: 'text', number: 1_000, label: 1, type: 9 };

  const parameters = await parametersOf(fileOf([{ ...emptyMessage('M'), field: [text, ...held] }]));

  expect(parameters).toHaveLength(500);
  expect(parameters.slice(0, 2)).toEqual(['text', 'f0.text']);
});

test('openApi() follows messages in each other further than the call stack is deep', async () => {
  const chain = Array.from({ length: 20_000 }, (_, index) => ({
    ...emptyMessage(index === 0 ? 'M' : `M${index}`),
    field: [{ name: 'next', number: 1, label: 3, type: 11, typeName: `.a.M${Math.min(index + 1, 19_999)}` }],
  }));

  await expect(parametersOf(fileOf(chain))).resolves.toEqual([]);
});

/** The parameters of a method that GET may ask. */
async function parametersOf(file: ProtoFile): Promise<string[]> {
  const [service] = Object.values(servicesFromFiles([file]));
  const server = createServer().add(service!, {});
  await using http = transcoder({ server });
  const { paths } = (await http.openApi()) as {
    paths: Record<string, { get?: { parameters?: { name: string }[] } }>;
  };
  return (paths['/a.S/Get']?.get?.parameters ?? []).map(({ name }) => name);
}

/** With a method that takes the first message. */
function fileOf(messageType: MessageDescriptor[]): ProtoFile {
  // MethodOptions { idempotency_level: NO_SIDE_EFFECTS }
  const options = new Uint8Array([0x90, 0x02, 0x01]);
  return encodeFile({
    name: 'a.proto',
    package: 'a',
    syntax: 'proto3',
    dependency: [],
    publicDependency: [],
    weakDependency: [],
    messageType,
    enumType: [],
    extension: [],
    service: [{ name: 'S', method: [{ name: 'Get', inputType: '.a.M', outputType: '.a.M', options }] }],
  });
}
