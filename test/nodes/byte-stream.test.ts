import { connect, createServer, StatusError, silentLogger } from 'flowrpc';
import { createGraph, readSpecs } from 'flowrpc/graph';
import { ByteStream, createKinds, type NodeContext } from 'flowrpc/nodes';
import { recorder } from 'flowrpc/runtime';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mapping, runGraph, to } from '../graph/run-graph.ts';
import { place, placements } from '../suites/placements.ts';

const MiB = 1024 * 1024;

/** Bytes of a size, in chunks of 64 KiB; tells how far it got, and of its end. */
function source(size: number) {
  const seen = { given: 0, ended: false, cancelled: undefined as Error | undefined };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      while (seen.given < size) {
        const chunk = new Uint8Array(Math.min(65_536, size - seen.given)).fill(7);
        seen.given += chunk.length;
        yield chunk;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      seen.ended = true;
    }
  }
  const stream = new ByteStream(chunks(), { cancel: (reason) => (seen.cancelled = reason) });
  return { stream, seen };
}

describe('ByteStream', () => {
  test('is read once, as it comes #17', async () => {
    const { stream, seen } = source(200_000);

    let size = 0;
    for await (const chunk of stream) size += chunk.byteLength;

    expect(size).toBe(200_000);
    expect(seen).toMatchObject({ ended: true, cancelled: undefined });
    expect(() => stream[Symbol.asyncIterator]()).toThrow('Cannot read a byte stream twice');
    await expect(stream.bytes()).rejects.toThrow('Cannot read a byte stream twice');
  });

  test('bytes() gives all, and cancels what is too much', async () => {
    expect((await source(100_000).stream.bytes()).byteLength).toBe(100_000);

    const { stream, seen } = source(10 * MiB);
    await expect(stream.bytes(MiB)).rejects.toThrow('Cannot hold a byte stream of more than 1048576 bytes');
    expect(seen.given).toBeLessThan(2 * MiB);
    expect(seen.cancelled).toBeInstanceOf(StatusError);
  });

  test('cancel() frees who waits for the next bytes, and what they come from', async () => {
    let freed = false;
    const never = new ByteStream(
      { [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<Uint8Array>>(() => {}) }) },
      { cancel: () => (freed = true) },
    );

    const reading = never.bytes();
    never.cancel(new Error('enough'));

    await expect(reading).rejects.toThrow('enough');
    expect(freed).toBe(true);
    expect(() => never[Symbol.asyncIterator]()).toThrow('enough');
  });

  test('leaving the loop early cancels it', async () => {
    const { stream, seen } = source(10 * MiB);

    for await (const chunk of stream) if (chunk.byteLength > 0) break;

    expect(seen.cancelled).toBeDefined();
    await expect.poll(() => seen.ended).toBe(true);
  });
});

describe.each(placements)('byte streams: %s edges', (placement) => {
  test('a payload may hold one: as it is here, as bytes from process to process #17', async () => {
    const { stream } = source(100_000);
    const kinds = [
      mapping('make', () => ({ body: stream, note: 'x' })),
      mapping('read', async ({ body, note }: { body: Uint8Array | ByteStream; note: string }) => [
        note,
        body instanceof ByteStream ? 'stream' : 'bytes',
        (body instanceof ByteStream ? await body.bytes() : body).byteLength,
      ]),
    ];
    const { call } = await place(
      placement,
      [
        { kind: 'make', name: 'make', ports: to({ out: 'read' }) },
        { kind: 'read', name: 'read' },
      ],
      { far: ['read'], kinds },
    );

    expect(await call('make', null)).toEqual(['x', placement === 'local' ? 'stream' : 'bytes', 100_000]);
  });

  test('a reply may hold one', async () => {
    const { stream } = source(100_000);
    const kinds = [
      mapping('ask', (payload) => payload),
      mapping('make', (_payload, { process }) => ({ body: stream.until(process) })),
    ];
    const { call } = await place(
      placement,
      [
        { kind: 'ask', name: 'ask', ports: to({ out: 'make' }) },
        { kind: 'make', name: 'make' },
      ],
      { far: ['make'], kinds },
    );

    const { body } = (await call('ask', null)) as { body: Uint8Array | ByteStream };

    expect((body instanceof ByteStream ? await body.bytes() : body).byteLength).toBe(100_000);
  });

  test('one that is too large for a message is RESOURCE_EXHAUSTED there, and goes through here', async () => {
    const { stream, seen } = source(32 * MiB);
    const kinds = [
      mapping('make', (_payload, { process }: NodeContext) => ({ body: stream.until(process) })),
      mapping('read', async ({ body }: { body: ByteStream }) => {
        let size = 0;
        for await (const chunk of body) size += chunk.byteLength;
        return size;
      }),
    ];
    const { call } = await place(
      placement,
      [
        { kind: 'make', name: 'make', ports: to({ out: 'read' }) },
        { kind: 'read', name: 'read' },
      ],
      { far: ['read'], kinds },
    );

    const reply = await call('make', null).catch((error: StatusError) => error.message);

    if (placement === 'local') expect(reply).toBe(32 * MiB);
    else {
      expect(reply).toMatch(/RESOURCE_EXHAUSTED: .*byte stream of more than/);
      expect(seen.given).toBeLessThan(6 * MiB);
      await expect.poll(() => seen.ended).toBe(true);
    }
  });
});

describe('byte streams: processes', () => {
  test('one that nobody has read is cancelled at the end of its process, unless it is in the reply', async () => {
    const kept = source(1_000);
    const lost = source(1_000);
    const graph = await runGraph(
      [{ kind: 'make', name: 'make' }],
      [
        mapping('make', (_payload, { process }) => {
          lost.stream.until(process);
          return { list: [kept.stream.until(process)] };
        }),
      ],
    );

    const { list } = (await graph.call('make', null)) as { list: ByteStream[] };

    expect(lost.seen.cancelled?.message).toContain('has ended');
    expect((await list[0]!.bytes()).byteLength).toBe(1_000);
  });

  test('one that is being read ends with a process that fails', async () => {
    const { stream, seen } = source(Number.POSITIVE_INFINITY);
    const graph = await runGraph(
      [{ kind: 'read', name: 'read' }],
      [
        mapping('read', async (_payload, { process }) => {
          for await (const chunk of stream.until(process)) if (chunk.byteLength === 0) return 'never';
          return 'never';
        }),
      ],
    );

    await expect(graph.call('read', null, { timeoutMs: 50 })).rejects.toThrow('DEADLINE_EXCEEDED');

    await expect.poll(() => seen.ended).toBe(true);
  });

  test('callers over gRPC get bytes, by unary calls and by streams', async () => {
    const { specs } = readSpecs([{ kind: 'make', name: 'make' }]);
    const kinds = createKinds(mapping('make', () => ({ body: source(1_000).stream })));
    const server = createServer({ logger: silentLogger });
    const graph = await createGraph({ specs, kinds, server, logger: silentLogger });
    const { address } = await server.listen('127.0.0.1:0');
    const channel = connect(address);
    onTestFinished(async () => {
      await channel.close();
      await graph.close({ graceMs: 100 });
      await server.close({ graceMs: 100 });
    });
    const make = channel.client(server.services.get('default.make')!) as unknown as {
      in(payload: unknown): Promise<{ body: Uint8Array }>;
      inStream(payloads: unknown[]): AsyncIterable<{ body: Uint8Array }>;
    };

    expect((await make.in(null)).body).toHaveLength(1_000);
    const sizes: number[] = [];
    for await (const { body } of make.inStream([null, null])) sizes.push(body.byteLength);
    expect(sizes).toEqual([1_000, 1_000]);
  });

  test('whoever records packets sees that there was one, and leaves it to be read', async () => {
    const graph = await runGraph(
      [
        { kind: 'make', name: 'make', ports: to({ out: 'read' }) },
        { kind: 'read', name: 'read' },
      ],
      [
        mapping('make', () => ({ body: source(1_000).stream })),
        mapping('read', async ({ body }: { body: ByteStream }) => (await body.bytes()).byteLength),
      ],
    );
    using recorded = recorder(graph, { keepEnded: 10 });

    expect(await graph.call('make', null)).toBe(1_000);

    expect(recorded.frames().map(({ payload }) => payload)).toContainEqual({ body: '[byte stream]' });
  });
});
