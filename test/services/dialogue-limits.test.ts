import { Code, connect, createServer, inProcess } from 'flowrpc';
import { dialogues, openDialogue } from 'flowrpc/services';
import { describe, expect, test, vi } from 'vitest';
import { gate } from '../suites/gate.ts';
import { codeOf, echo, pair, settled } from './dialogue-pair.ts';
import { ways } from './fixture.ts';

describe.each(ways)('the limits of a dialogue %s', (way) => {
  test('requests beyond maxPending are RESOURCE_EXHAUSTED on the side that makes them', async () => {
    const open = gate();
    await using at = await pair(way, {
      server: { handlers: { wait: () => open.promise } },
      client: { maxPending: 3 },
    });
    const waiting = Array.from({ length: 3 }, () => at.here.request('wait'));

    const beyond = await codeOf(at.here.request('wait'));
    open.open();

    expect(beyond).toBe(Code.RESOURCE_EXHAUSTED);
    expect(await Promise.all(waiting)).toEqual([null, null, null]);
    expect(await codeOf(at.here.request('wait'))).toEqual({ value: null });
  });

  test('requests beyond maxPending are RESOURCE_EXHAUSTED on the side that handles them, also those that were given up', async () => {
    const open = gate();
    await using at = await pair(way, { server: { maxPending: 2, handlers: { wait: () => open.promise } } });
    const given = [1, 2].map(() => codeOf(at.here.request('wait', null, { timeoutMs: 20 })));
    expect(await Promise.all(given)).toEqual([Code.DEADLINE_EXCEEDED, Code.DEADLINE_EXCEEDED]);

    const beyond = await codeOf(at.here.request('wait'));
    open.open();
    await settled(at.there);

    expect(beyond).toBe(Code.RESOURCE_EXHAUSTED);
    expect(await codeOf(at.here.request('wait'))).toEqual({ value: null });
  });

  test('a payload above maxPayloadBytes fails its request and not the stream', async () => {
    const large = 'x'.repeat(2_000_000);
    await using at = await pair(way, { server: { handlers: { ...echo.handlers, large: () => large } } });

    expect(await codeOf(at.here.request('echo', large))).toBe(Code.RESOURCE_EXHAUSTED);
    expect(await codeOf(at.here.request('large'))).toBe(Code.RESOURCE_EXHAUSTED);
    expect(await codeOf(at.here.notify('echo', large))).toBe(Code.RESOURCE_EXHAUSTED);
    expect(await codeOf(at.here.request('echo', new Date()))).toBe(Code.INVALID_ARGUMENT);
    expect(await at.here.request('echo', 'still there')).toBe('still there');
  });

  test('a flood of notifications to a busy handler is dropped and counted, requests still pass', async () => {
    const open = gate();
    await using at = await pair(way, {
      server: { maxPending: 4, handlers: { ...echo.handlers, wait: () => open.promise } },
    });

    for (let n = 0; n < 100; n++) await at.here.notify('wait');
    await vi.waitFor(() => expect(at.there.stats).toMatchObject({ handling: 4, dropped: 96 }));
    open.open();
    await settled(at.there);

    expect(await at.here.request('echo', 1)).toBe(1);
  });

  test('notify() says false once a thousand frames wait, and nothing grows', async () => {
    await using at = await pair(way, { server: echo });
    await at.here.request('echo');

    const told = await Promise.all(Array.from({ length: 5_000 }, (_, n) => at.here.notify('echo', n)));

    expect(told[0]).toBe(true);
    expect(told.filter((went) => went).length).toBeGreaterThanOrEqual(1_000);
    expect(told.at(-1)).toBe(false);
    expect(await at.here.request('echo', 1).catch(() => at.here.request('echo', 1))).toBe(1);
  });

  test('ten thousand requests leave nothing behind', async () => {
    await using at = await pair(way, { server: echo });

    for (let round = 0; round < 200; round++)
      await Promise.all(Array.from({ length: 50 }, (_, n) => at.here.request('echo', n)));

    await settled(at.here);
    await settled(at.there);
  });
});

test.each([
  [{ heartbeatsMs: 1 }, 'did you mean "heartbeatMs"?'],
  [{ missed: 0 }, 'Cannot use missed 0: wanted a whole number, 1 or above'],
  [{ maxPending: 1.5 }, 'Cannot use maxPending 1.5'],
  [{ heartbeatMs: -1 }, 'Cannot use heartbeatMs -1: wanted a number above 0'],
  [{ timeoutMs: Number.NaN }, 'Cannot use timeoutMs NaN'],
  [{ handlers: { x: 5 } }, 'Cannot handle "x" with number: wanted a function'],
])('bad options are refused on both sides: %j', async (options, message) => {
  const channel = connect(inProcess(createServer()));

  expect(() => dialogues(options as never)).toThrow(message);
  expect(() => openDialogue(channel, options as never)).toThrow(message);
  await channel.close();
});

test('bad names and options of a request are refused', async () => {
  await using at = await pair('in process', { server: echo });

  await expect(at.here.request('')).rejects.toThrow('wanted a string of 1 to 256 characters');
  await expect(at.here.request('x'.repeat(257))).rejects.toThrow(TypeError);
  await expect(at.here.request('echo', 1, { timeout: 5 } as never)).rejects.toThrow('did you mean "timeoutMs"?');
  await expect(at.here.close({ grace: 5 } as never)).rejects.toThrow('wanted one of graceMs');
});
