import { setTimeout as sleep } from 'node:timers/promises';
import { callHeaders, frame, frameType, headerBlock, RawPeer } from '../raw-http2.ts';
import { clientStreamPath, serverStreamPath, unaryPath } from '../target.ts';
import { request } from './ask.ts';
import type { Outcome, Row } from './row.ts';
import type { VictimState } from './victim.ts';
import type { Victim } from './victim-process.ts';

export const endHeaders = 4;
export const endStream = 1;
export const open = (path: string): Buffer => headerBlock(callHeaders(path));
export const patience = 15_000;

/** Whether the server closes the connection in time. */
export async function ends(peer: RawPeer, milliseconds = patience): Promise<boolean> {
  await Promise.race([peer.closed(), sleep(milliseconds, undefined, { ref: false })]);
  return !peer.open;
}

/** A flood on one connection, which must close it. */
function floodRow(
  mark: string,
  input: string,
  { first = Buffer.alloc(0), flood, count }: { first?: Buffer; flood: Buffer; count: number },
): Row {
  return {
    mark,
    input,
    wanted: 'the connection is closed',
    attack: async ({ port }): Promise<Outcome> => {
      await using peer = await RawPeer.open(port);
      peer.write(first);
      for (let sent = 0; sent < count && peer.open; sent += 500) {
        peer.write(...Array.from({ length: Math.min(500, count - sent) }, () => flood));
        await peer.drained();
      }
      const good = await ends(peer);
      return { said: good ? 'closed' : `still open after ${patience / 1_000} s`, good };
    },
  };
}

const rapidReset: Row = {
  mark: 'W-01',
  input: '3,000 calls, each reset at once',
  wanted: 'GOAWAY or closed, at most 1,500 handlers, each of them cancelled',
  attack: async (victim) => {
    const before = await victim.state();
    await using peer = await RawPeer.open(victim.port);
    for (let index = 0; index < 3_000 && peer.open; index++) {
      const id = 2 * index + 1;
      peer.write(
        frame(frameType.headers, endHeaders, id, open(unaryPath)),
        frame(frameType.data, endStream, id, request('hang')),
        frame(frameType.reset, 0, id, Buffer.from([0, 0, 0, 8])),
      );
      if (index % 100 === 99) await sleep(1);
    }
    for (let waited = 0; waited < patience && peer.open && !peer.received.includes(frameType.goaway); waited += 50)
      await sleep(50);
    const refused = peer.received.includes(frameType.goaway) || !peer.open;
    peer.socket.destroy();
    let after = await victim.state();
    for (let waited = 0; waited < patience && after?.cancelled !== after?.started; waited += 100) {
      await sleep(100);
      after = await victim.state();
    }
    const started = (after?.started ?? 0) - (before?.started ?? 0);
    const cancelled = (after?.cancelled ?? 0) - (before?.cancelled ?? 0);
    return {
      said: `${refused ? 'refused' : 'goes on'} after ${started} handlers, ${cancelled} cancelled`,
      good: refused && started <= 1_500 && cancelled === started,
    };
  },
};

const oneByteFrames: Row = {
  mark: 'W-08',
  input: '300,000 bytes of a 4 MiB message, one in a frame',
  wanted: 'refused, or no more than 64 MB',
  attack: async (victim) => {
    await using peer = await RawPeer.open(victim.port);
    const before = await victim.collected();
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(4 * 2 ** 20 - 1, 1);
    peer.write(frame(frameType.headers, endHeaders, 1, open(unaryPath)), frame(frameType.data, 0, 1, prefix));
    const bytes = Buffer.concat(Array.from({ length: 1_000 }, () => frame(frameType.data, 0, 1, Buffer.from([32]))));
    for (let sent = 0; sent < 300_000 && peer.open && !peer.received.includes(frameType.headers); sent += 1_000) {
      // Leave for 64 KiB is given again and again; a window that is used up would end the case.
      peer.write(bytes);
      await peer.drained();
      await sleep(1);
    }
    const refused = peer.received.includes(frameType.headers) || !peer.open;
    const heap = ((await victim.collected())?.heap ?? 0) - (before?.heap ?? 0);
    const grown = Math.round(heap / 2 ** 20);
    return { said: refused ? 'refused' : `kept, ${grown} MB of heap`, good: refused || grown <= 64 };
  },
};

const overflows: Row = {
  mark: 'W-09',
  long: true,
  input: 'a window beyond 2^31, on 200 connections',
  wanted: 'each is closed',
  attack: async ({ port }) => {
    const update = frame(frameType.windowUpdate, 0, 0, Buffer.from([0x7f, 0xff, 0xff, 0xff]));
    let closed = 0;
    for (let n = 0; n < 200; n++) {
      await using peer = await RawPeer.open(port);
      peer.write(update, update);
      if (await ends(peer)) closed += 1;
      else break;
    }
    return { said: closed === 200 ? 'closed' : `only ${closed} closed`, good: closed === 200 };
  },
};

/** How the server is once it has made something and makes no more. */
async function settled(victim: Victim, before: number): Promise<VictimState | undefined> {
  let last = await victim.state();
  for (let waited = 0; waited < patience && victim.alive; waited += 700) {
    await sleep(700);
    const now = await victim.state();
    if (now !== undefined && now.produced > before && now.produced === last?.produced) return victim.collected();
    last = now;
  }
  return last;
}

/** What a server stream makes while nothing of it is taken. */
function stalledRow(mark: string, input: string, initialWindow: number): Row {
  const setting = Buffer.alloc(6);
  setting.writeUInt16BE(4);
  setting.writeUInt32BE(initialWindow, 2);
  return {
    mark,
    input,
    wanted: 'the producer waits: fewer than 200 of 20,000 messages',
    attack: async (victim) => {
      const before = await victim.collected();
      await using peer = await RawPeer.open(victim.port);
      peer.write(
        frame(frameType.settings, 0, 0, setting),
        frame(frameType.headers, endHeaders, 1, open(serverStreamPath)),
        frame(frameType.data, endStream, 1, request('a')),
      );
      const after = await settled(victim, before?.produced ?? 0);
      const produced = (after?.produced ?? 0) - (before?.produced ?? 0);
      const grown = Math.max(0, Math.round(((after?.rss ?? 0) - (before?.rss ?? 0)) / 2 ** 20));
      return { said: `${produced.toLocaleString('en')} made, ${grown} MB more`, good: produced > 0 && produced < 200 };
    },
  };
}

/** Frames that are legal one by one. */
export const wireRows: readonly Row[] = [
  rapidReset,
  floodRow('W-03', 'headers that never end', {
    first: frame(frameType.headers, 0, 1, open(unaryPath)),
    flood: frame(frameType.continuation, 0, 1, headerBlock({ 'x-a': 'b'.repeat(1_000) })),
    count: 50,
  }),
  floodRow('W-04', '20,000 pings', { flood: frame(frameType.ping, 0, 0, Buffer.alloc(8)), count: 20_000 }),
  floodRow('W-06', '20,000 settings', { flood: frame(frameType.settings, 0, 0), count: 20_000 }),
  floodRow('W-07', '50,000 empty data frames', {
    first: frame(frameType.headers, endHeaders, 1, open(clientStreamPath)),
    flood: frame(frameType.data, 0, 1),
    count: 50_000,
  }),
  oneByteFrames,
  overflows,
  stalledRow('W-11', 'a window of 0, then a server stream', 0),
  stalledRow('C-04', 'a reader that stops, a producer that does not look', 65_535),
];
