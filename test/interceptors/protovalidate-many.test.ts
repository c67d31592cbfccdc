import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BadRequest, Code, findDetail, type Handlers, loadServices, type Status } from 'flowrpc';
import { protovalidate } from 'flowrpc/interceptors/protovalidate';
import { expect, test, vi } from 'vitest';
import { onSide, type SetupOptions, setup, type TestTransport, transports } from '../suites/transports.ts';
import { writeRulesProto } from './protovalidate-rules.ts';

const told = vi.hoisted(() => ({ paths: 0 }));
vi.mock('@bufbuild/protobuf/reflect', async (importOriginal) => {
  const original = await importOriginal<typeof import('@bufbuild/protobuf/reflect')>();
  const pathToString: typeof original.pathToString = (path) => {
    told.paths += 1;
    return original.pathToString(path);
  };
  return { ...original, pathToString };
});

test('protovalidate() makes texts of no more violations of a request than it tells of', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flowrpc-many-'));
  try {
    await writeRulesProto(folder);
    const path = fileURLToPath(new URL('protovalidate-shop.proto', import.meta.url));
    const orders = (await loadServices(path, { includeDirs: [folder] }))['checked.Orders']!;
    const check = protovalidate({ services: [orders] });
    await using probe = await setup(transports[0] as TestTransport, onSide('server', check) as SetupOptions);
    const lines = Array.from({ length: 5_000 }, () => ({ productName: 'tea', unitCount: 0 }));
    const bad = { customerId: 'ada', orderLines: lines, payment: { case: 'cardNumber', value: '42' } };
    probe.server.add(orders, { place: () => ({}) } as unknown as Handlers<never>);
    const client = probe.channel.client(orders) as unknown as Record<'place', (request: unknown) => Called>;
    told.paths = 0;

    const status = await client.place(bad).status;

    expect(status.code).toBe(Code.INVALID_ARGUMENT);
    expect(told.paths).toBe(16);
    // The list itself is too long as well.
    expect(status.message).toMatch(/and 5000 more$/);
    expect(findDetail(status, BadRequest)!.fieldViolations).toHaveLength(16);
  } finally {
    await rm(folder, { recursive: true });
  }
});

interface Called {
  readonly status: Promise<Status>;
}
