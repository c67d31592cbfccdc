import type { ServerHttp2Stream } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { dropConnection, openHostile, reply, replyStatus } from '../hostile-server.ts';
import { lateServer } from '../late-server.ts';
import { grpcFrame } from '../raw-http2.ts';
import { type Caller, type ClientRow, named } from './client-rows.ts';
import type { Ended, Task } from './client-victim.ts';

const ok = { 'grpc-status': '0' };
const unavailable = { 'grpc-status': '14' };
const message = grpcFrame('{"text":"a","n":1}');

function told(caller: Caller, ended: readonly Ended[] | undefined): string {
  if (!caller.alive) return `**the process dies** (${caller.lastWords})`;
  return ended?.[0] === undefined ? 'hangs' : named(ended[0].code);
}

/** A row in which a call is cancelled, and what its server sees of it is counted. */
function cancelRow(
  input: string,
  wanted: string,
  run: (caller: Caller) => Promise<{ ended: readonly Ended[] | undefined; seen: string }>,
): ClientRow<Caller> {
  return {
    mark: 'D-08',
    input: `a cancel ${input}`,
    wanted: `CANCELLED, ${wanted}`,
    attack: async (caller) => {
      const { ended, seen } = await run(caller);
      const said = `${told(caller, ended)}, ${seen}`;
      return { said, good: said === `CANCELLED, ${wanted}` };
    },
  };
}

const counted = (calls: number): string => (calls === 1 ? 'one call was sent' : `${calls || 'no'} calls were sent`);

const connecting = cancelRow(
  'while it connects, to a server that answers later',
  'no calls were sent',
  async (caller) => {
    await using hostile = await openHostile((stream) => reply(stream, { body: [message], trailer: ok }));
    await using late = await lateServer(hostile.port);
    const ended = await caller.do({ port: late.port, action: 'unary', cancelAfterMs: 400 });
    late.open();
    await sleep(800);
    return { ended, seen: counted(hostile.calls.length) };
  },
);

const queueing = cancelRow('while it waits for a stream of its connection', 'one call was sent', async (caller) => {
  await using hostile = await openHostile((stream) => {
    stream.session?.settings({ maxConcurrentStreams: 1 });
    setTimeout(() => !stream.destroyed && reply(stream, { body: [message], trailer: ok }), 1_500);
  });
  const ended = await caller.do({ port: hostile.port, action: 'queued', cancelAfterMs: 400 });
  await sleep(300);
  return { ended, seen: counted(hostile.calls.length) };
});

/** Cancels amid a call, and looks how its server is told. */
function midway(input: string, action: Task['action'], answer: (stream: ServerHttp2Stream) => void): ClientRow<Caller> {
  return cancelRow(input, 'its server gets CANCEL', async (caller) => {
    let code: number | undefined;
    await using hostile = await openHostile((stream) => {
      stream.on('close', () => (code ??= stream.rstCode));
      answer(stream);
    });
    const ended = await caller.do({ port: hostile.port, action, cancelAfterMs: 600 });
    for (let waited = 0; waited < 3_000 && code === undefined; waited += 50) await sleep(50);
    return { ended, seen: code === 8 ? 'its server gets CANCEL' : `its server gets ${code ?? 'nothing'}` };
  });
}

const pausing = cancelRow('in the pause before a second attempt', 'one call was sent', async (caller) => {
  await using hostile = await openHostile((stream) => replyStatus(stream, unavailable));
  // Pauses are random up to this, in bare grpc-js.
  const retry = { attempts: 5, pauseMs: 3_000 };
  let ended: readonly Ended[] | undefined;
  for (let tries = 0; tries < 5; tries++) {
    const before = hostile.calls.length;
    ended = await caller.do({ port: hostile.port, action: 'unary', retry, cancelAfterMs: 300 });
    // Its second attempt came before the cancel: that tells nothing.
    if (hostile.calls.length - before > 1) continue;
    await sleep(3_300);
    return { ended, seen: counted(hostile.calls.length - before) };
  }
  return { ended, seen: 'it never paused' };
});

const hangingUp: ClientRow<Caller> = {
  mark: 'C-07',
  long: true,
  input: 'six seconds of calls to a server that ends the connection of each',
  wanted: 'at most 10 connections',
  attack: async (caller) => {
    const sessions = new Set<unknown>();
    await using hostile = await openHostile((stream) => {
      sessions.add(stream.session);
      dropConnection(stream);
    });
    const ended = await caller.do({ port: hostile.port, action: 'hammer', deadline: 'later' });
    if (ended === undefined) return { said: told(caller, ended), good: false };
    return {
      said: `${sessions.size.toLocaleString('en')} connections`,
      good: sessions.size > 0 && sessions.size <= 10,
    };
  },
};

const storm: ClientRow<Caller> = {
  mark: 'P-12',
  input: '100 calls at once, five attempts each, to a server that is UNAVAILABLE',
  wanted: 'at most 110 attempts',
  attack: async (caller) => {
    await using hostile = await openHostile((stream) => replyStatus(stream, unavailable));
    const ended = await caller.do({ port: hostile.port, action: 'storm', retry: { attempts: 5, pauseMs: 20 } });
    const attempts = hostile.calls.length;
    const failed = ended?.filter(({ code }) => named(code) === 'UNAVAILABLE').length ?? 0;
    if (failed < 100) return { said: `${told(caller, ended)}, ${failed} of 100 are UNAVAILABLE`, good: false };
    return { said: `${attempts} attempts`, good: attempts >= 100 && attempts <= 110 };
  },
};

/** What clients do again, and what they no longer do. */
export const attemptRows: readonly ClientRow<Caller>[] = [
  connecting,
  queueing,
  midway('while its server is at work', 'unary', () => {}),
  midway('amid responses', 'stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
    const timer = setInterval(() => stream.write(message), 20);
    stream.on('close', () => clearInterval(timer));
  }),
  pausing,
  hangingUp,
  storm,
];
