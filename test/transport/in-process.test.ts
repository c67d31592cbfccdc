import { type Codec, connect, createServer, inProcess, type Service, silentLogger } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { type Probe, type ProbeMethods, ProbeService } from '../suites/probe-service.ts';

/** Serves `unary` with a handler that keeps what it got and gives it back. */
function keeping() {
  const kept: Probe[] = [];
  const server = createServer({ logger: silentLogger }).add(ProbeService, {
    unary: (request) => {
      kept.push(request);
      return request;
    },
  });
  return { kept, server };
}

describe('inProcess()', () => {
  test('by default both sides own their copy of a message', async () => {
    const { kept, server } = keeping();
    await using channel = connect(inProcess(server));
    const request: Probe = { text: 'a', n: 1 };

    const reply = await channel.client(ProbeService).unary(request);

    expect(kept[0]).toEqual(request);
    expect(kept[0]).not.toBe(request);
    expect(reply).not.toBe(kept[0]);
  });

  test('without copies a message is the same object on both sides', async () => {
    const { kept, server } = keeping();
    await using channel = connect(inProcess(server, { copy: false }));
    const request: Probe = { text: 'a', n: 1 };

    const reply = await channel.client(ProbeService).unary(request);

    expect(kept[0]).toBe(request);
    expect(reply).toBe(request);
  });

  test('without copies sides of different codecs still meet in bytes', async () => {
    const { kept, server } = keeping();
    const other: Codec<Probe> = { ...ProbeService.methods.unary.request };
    const { unary } = ProbeService.methods;
    const theirs: Service<Pick<ProbeMethods, 'unary'>> = {
      ...ProbeService,
      methods: { unary: { ...unary, request: other, response: other } },
    };
    await using channel = connect(inProcess(server, { copy: false }));
    const request: Probe = { text: 'a', n: 1 };

    const reply = await channel.client(theirs).unary(request);

    expect(kept[0]).toEqual(request);
    expect(kept[0]).not.toBe(request);
    expect(reply).not.toBe(kept[0]);
  });

  test('closing one channel leaves the server and other channels alone', async () => {
    const { server } = keeping();
    const first = connect(inProcess(server));
    await using second = connect(inProcess(server));

    await first.close();

    expect(await second.client(ProbeService).unary({ text: 'b', n: 2 })).toEqual({ text: 'b', n: 2 });
  });
});
