import { getHeapStatistics } from 'node:v8';
import { Code, connect } from 'flowrpc';
import { heapLimit } from 'flowrpc/interceptors/limits/heap-limit';
import { HeapRoom } from 'flowrpc/interceptors/limits/load-shed-heap';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HeapServer, load } from './heap-load.ts';

const forMs = process.env.LONG_TESTS ? 300_000 : 3_000;
/** Each shape for a third of the long form. */
const eachMs = Math.ceil(forMs / 3);
const overload = { callers: 400, holdMs: 200 };
const shapes = ['one array', 'many objects', 'one array, later'];

describe('a heap of 128 MiB, under calls that hold 1 to 2 MiB each', () => {
  test(
    'L-07 loadShed() answers RESOURCE_EXHAUSTED, the process stays up, and serves everybody afterwards',
    async () => {
      await using server = await HeapServer.start('shed');
      await using channel = connect(`127.0.0.1:${server.port}`);
      const outcomes = new Map<Code, number>();
      const health: Code[] = [];
      const watched = setInterval(() => {
        void channel
          .call('/grpc.health.v1.Health/Check', new Uint8Array())
          .status.then(({ code }) => health.push(code));
      }, 200);

      for (const shape of shapes) {
        for (const [code, count] of await load(server, { ...overload, shape, forMs: eachMs }))
          outcomes.set(code, (outcomes.get(code) ?? 0) + count);
      }
      clearInterval(watched);
      expect(server.alive, server.lastWords).toBe(true);
      const calm = { shape: 'nothing', callers: 1, holdMs: 1, forMs: 1_000 };
      await expect.poll(async () => [...(await load(server, calm)).keys()], { timeout: 20_000 }).toEqual([Code.OK]);

      expect(outcomes.get(Code.OK)).toBeGreaterThan(10);
      expect(outcomes.get(Code.RESOURCE_EXHAUSTED)).toBeGreaterThan(10);
      expect(new Set(health)).toEqual(new Set([Code.OK]));
    },
    forMs + 100_000,
  );

  test.each(process.env.LONG_TESTS ? shapes : shapes.slice(0, 1))(
    'L-07 without loadShed() it aborts: %s',
    { timeout: 60_000 },
    async (shape) => {
      await using server = await HeapServer.start('bare');

      await load(server, { ...overload, shape, forMs: 30_000 });

      expect(await server.exitCode(), server.lastWords).toBe(134);
      expect(server.lastWords).toContain('heap out of memory');
    },
  );
});

describe('HeapRoom', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A heap of 1,000 bytes. */
  function heap({ live = 0, garbage = 0 } = {}) {
    const source = {
      limit: 1_000,
      live,
      garbage,
      collections: 0,
      collectMs: 0,
      used: () => source.live + source.garbage,
      collect() {
        source.garbage = 0;
        source.collections += 1;
        vi.advanceTimersByTime(source.collectMs);
      },
    };
    return { source, room: new HeapRoom(source) };
  }

  test('is full at its share, and no more once what was held is let go', () => {
    const { source, room } = heap({ live: 849 });

    const before = room.full(0.85, 0);
    source.live = 850;
    vi.advanceTimersByTime(1);
    const filled = room.full(0.85, 0);
    source.live = 100;
    source.garbage = 750;
    vi.advanceTimersByTime(1_000);

    expect([before, filled, room.full(0.85, 0)]).toEqual([false, true, false]);
    expect(room.share).toBe(0.1);
  });

  test('takes nobody’s garbage for memory in use', () => {
    const { source, room } = heap({ live: 300, garbage: 690 });

    expect(room.full(0.85, 0)).toBe(false);
    expect(source.collections).toBe(1);
  });

  test('asks for a collection once a second at most, and for a tenth of the time', () => {
    const { source, room } = heap({ live: 900 });
    source.collectMs = 300;
    const full: boolean[] = [];

    for (let ms = 0; ms < 10_000; ms += 10) {
      full.push(room.full(0.85, 0));
      vi.advanceTimersByTime(10);
    }

    expect(new Set(full)).toEqual(new Set([true]));
    expect(source.collections).toBeGreaterThan(2);
    expect(source.collections).toBeLessThanOrEqual(4);
  });

  test('keeps room for what calls that were just let in have not taken yet', () => {
    const { source, room } = heap({ live: 100 });
    // Ten calls took 40 bytes each.
    for (let call = 0; call < 10; call++) {
      room.full(0.85, call);
      source.live += 40;
      vi.advanceTimersByTime(1);
    }
    room.full(0.85, 10);
    vi.advanceTimersByTime(3_000);
    source.live = 720;
    const burst: boolean[] = [];

    for (let call = 0; call < 10; call++) burst.push(room.full(0.85, call));

    expect(burst.filter((full) => !full).length).toBeLessThan(5);
    expect(burst[0]).toBe(false);
  });

  test('lets in below 70 % of the heap whatever calls seem to take', () => {
    const { source, room } = heap({ live: 100 });
    room.full(0.85, 0);
    source.live = 690;
    vi.advanceTimersByTime(1);

    expect(Array.from({ length: 100 }, (_, inFlight) => room.full(0.85, inFlight))).not.toContain(true);
  });
});

describe('heapLimit()', () => {
  const mebibyte = 2 ** 20;

  test('is what Node was told, the last word counts', () => {
    expect(heapLimit(['--max-old-space-size=128'])).toBe(128 * mebibyte);
    expect(heapLimit(['--max_old_space_size', '256', '--import', 'tsx'])).toBe(256 * mebibyte);
    expect(heapLimit(['--max-old-space-size=128', '--max-old-space-size=512'])).toBe(512 * mebibyte);
  });

  test('leaves out what young objects may take, where nobody told', () => {
    const { heap_size_limit: limit } = getHeapStatistics();

    expect(heapLimit([])).toBeLessThan(limit);
    expect(heapLimit(['--max-semi-space-size=1'])).toBe(limit - 3 * mebibyte);
    expect(heapLimit(['--max-old-space-size=much'])).toBe(heapLimit([]));
  });
});
