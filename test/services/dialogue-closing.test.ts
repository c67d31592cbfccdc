import { Code, connect, createServer, StatusError, silentLogger } from 'flowrpc';
import { dialogues, openDialogue } from 'flowrpc/services';
import { describe, expect, test, vi } from 'vitest';
import { aborted, gate } from '../suites/gate.ts';
import { codeOf, pair, settled } from './dialogue-pair.ts';
import { ways } from './fixture.ts';

describe.each(ways)('the end of a dialogue %s', (way) => {
  test('close() lets requests under way finish on both sides, refuses new ones, and ends with OK', async () => {
    const [mine, yours] = [gate<string>(), gate<string>()];
    await using at = await pair(way, {
      server: { handlers: { wait: () => mine.promise } },
      client: { handlers: { wait: () => yours.promise } },
    });
    const asked = at.here.request('wait');
    const reverse = at.there.request('wait');
    await vi.waitFor(() => expect([at.here.stats.handling, at.there.stats.handling]).toEqual([1, 1]));

    const closing = at.here.close();
    const refused = await codeOf(at.here.request('wait'));
    const notified = await at.here.notify('wait');
    mine.open('mine');
    yours.open('yours');
    await closing;

    expect([await asked, await reverse]).toEqual(['mine', 'yours']);
    expect(refused).toBe(Code.UNAVAILABLE);
    expect(notified).toBe(false);
    expect((await at.here.closed).code).toBe(Code.OK);
    expect((await at.there.closed).code).toBe(Code.OK);
    expect(at.module.list()).toEqual([]);
  });

  test('the side of the server closes as well as that of the client', async () => {
    const open = gate<string>();
    await using at = await pair(way, { client: { handlers: { wait: () => open.promise } } });
    const reverse = at.there.request('wait');

    const closing = at.there.close();
    open.open('done');
    await closing;

    expect(await reverse).toBe('done');
    expect((await at.here.closed).code).toBe(Code.OK);
    expect(await codeOf(at.here.request('wait'))).toBe(Code.UNAVAILABLE);
  });

  test('close() ends what takes longer than its grace: CANCELLED here, UNAVAILABLE for who waits there', async () => {
    const reasons: unknown[] = [];
    const hang = async (_: unknown, { signal }: { signal: AbortSignal }) => void reasons.push(await aborted(signal));
    await using at = await pair(way, { server: { handlers: { hang } }, client: { handlers: { hang } } });
    const asked = codeOf(at.here.request('hang'));
    const reverse = codeOf(at.there.request('hang'));
    await vi.waitFor(() => expect([at.here.stats.handling, at.there.stats.handling]).toEqual([1, 1]));

    await at.here.close({ graceMs: 0 });

    expect((await at.here.closed).code).toBe(Code.CANCELLED);
    expect([await asked, await reverse]).toEqual([Code.UNAVAILABLE, Code.UNAVAILABLE]);
    await vi.waitFor(() => expect(reasons.length).toBe(2));
    await settled(at.here);
    await settled(at.there);
  });

  test('server.close() waits for requests under way, then dialogues end with OK', async () => {
    const open = gate<string>();
    const began = gate();
    await using at = await pair(way, {
      server: {
        handlers: {
          wait: () => {
            began.open();
            return open.promise;
          },
        },
      },
    });
    const asked = at.here.request('wait');
    await began.promise;

    const closing = at.server.close();
    setTimeout(() => open.open('done'), 20);

    expect(await asked).toBe('done');
    expect(await closing).toEqual({ cut: [] });
    expect((await at.here.closed).code).toBe(Code.OK);
  });

  test('server.close() cuts what takes too long with UNAVAILABLE', async () => {
    const reasons: unknown[] = [];
    await using at = await pair(way, {
      server: { handlers: { hang: async (_, { signal }) => void reasons.push(await aborted(signal)) } },
    });
    const asked = codeOf(at.here.request('hang'));
    await vi.waitFor(() => expect(at.there.stats.handling).toBe(1));

    await at.server.close({ graceMs: 20 });

    expect(await asked).toBe(Code.UNAVAILABLE);
    expect(reasons.length).toBe(1);
    expect((await at.there.closed).code).toBe(Code.UNAVAILABLE);
  });

  test('onOpen may ask the client at once, and what it throws ends the dialogue', async () => {
    const names: unknown[] = [];
    await using at = await pair(way, {
      server: {
        onOpen: async (dialogue) => {
          names.push(await dialogue.request('name'));
          throw new StatusError(Code.PERMISSION_DENIED, 'no such device');
        },
      },
      client: { handlers: { name: () => 'device 7' } },
    });

    expect(await at.here.closed).toMatchObject({ code: Code.PERMISSION_DENIED, message: 'no such device' });
    expect(await codeOf(at.here.request('name'))).toBe(Code.PERMISSION_DENIED);
    expect(names).toEqual(['device 7']);
  });
});

test('dialogues of one server are told apart by session, and go when their connection does', async () => {
  const module = dialogues();
  const server = createServer({ logger: silentLogger }).add(module);
  const { address } = await server.listen('127.0.0.1:0');
  const channels = ['ada', 'bob'].map((userAgent) => connect(address, { userAgent }));
  const both = channels.map((channel, n) => openDialogue(channel, { handlers: { name: () => ['ada', 'bob'][n] } }));
  await vi.waitFor(() => expect(module.list().length).toBe(2));

  const sessions = server.sessions.list();
  const names = await Promise.all(sessions.map(({ id }) => module.ofSession(id)[0]?.request('name')));
  server.sessions.disconnect(sessions[0]!.id, { graceMs: 0 });

  expect(names.toSorted()).toEqual(['ada', 'bob']);
  expect(await Promise.race(both.map(({ closed }) => closed))).toMatchObject({ code: Code.UNAVAILABLE });
  await vi.waitFor(() => expect(module.list().length).toBe(1));
  await Promise.all(channels.map((channel) => channel.close()));
  await vi.waitFor(() => expect(module.list()).toEqual([]));
  await server.close();
});

test('a call to a server without dialogues, and to no server, ends the dialogue with its code', async () => {
  const server = createServer({ logger: silentLogger });
  const { address } = await server.listen('127.0.0.1:0');
  const channel = connect(address);
  const missing = openDialogue(channel);
  const asked = codeOf(missing.request('x'));

  expect(await missing.closed).toMatchObject({ code: Code.UNIMPLEMENTED });
  expect(await asked).toBe(Code.UNIMPLEMENTED);
  await server.close();
  const gone = openDialogue(channel);
  expect(await codeOf(gone.request('x'))).toBe(Code.UNAVAILABLE);
  await channel.close();
});
