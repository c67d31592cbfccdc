import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { frame, frameType, HttpPeer, RawPeer } from '../raw-http2.ts';
import { unaryPath } from '../target.ts';
import { ask, request } from './ask.ts';
import { type Row, shown } from './row.ts';
import type { VictimState } from './victim.ts';
import { endHeaders, endStream, ends, open, patience } from './wire-rows.ts';

/** A connection that finds the queue of the listener full comes seconds later. */
const long = 2 * patience;

const silent: Row = {
  mark: 'C-01',
  long: true,
  input: '1,000 connections that say nothing, idle limit 2 s',
  wanted: 'closed',
  attack: async ({ port }) => {
    const sockets = Array.from({ length: 1_000 }, () =>
      connectTcp(port, '127.0.0.1')
        .on('error', () => {})
        .resume(),
    );
    const all = Promise.all(sockets.map((socket) => once(socket, 'close')));
    const good = await Promise.race([all.then(() => true), sleep(long, false, { ref: false })]);
    const left = sockets.filter(({ destroyed }) => !destroyed).length;
    for (const socket of sockets) socket.destroy();
    return { said: good ? 'closed' : `${left} still open after ${long / 1_000} s`, good };
  },
};

const halfFrame: Row = {
  mark: 'C-02',
  input: 'half a frame, then silence, idle limit 2 s',
  wanted: 'closed',
  attack: async ({ port }) => {
    await using peer = await RawPeer.open(port);
    peer.write(frame(frameType.headers, endHeaders, 1, open(unaryPath)).subarray(0, 20));
    const good = await ends(peer);
    return { said: good ? 'closed' : `still open after ${patience / 1_000} s`, good };
  },
};

const noBody: Row = {
  mark: 'C-03',
  long: true,
  input: 'a call without its message, from a peer that answers pings',
  wanted: 'DEADLINE_EXCEEDED at the receive limit (4 s here)',
  attack: async ({ port }) => {
    await using peer = new HttpPeer(port);
    const reply = await ask(peer, { body: [], end: false });
    const said = reply === undefined ? 'stays for ever' : shown(reply);
    return { said, good: said === 'DEADLINE_EXCEEDED' };
  },
};

const streams: Row = {
  mark: 'C-05',
  input: '5,000 calls of a method that hangs, on one connection',
  wanted: 'at most 100 run',
  attack: async (victim) => {
    const before = await victim.state();
    await using peer = await RawPeer.open(victim.port);
    for (let index = 0; index < 5_000 && peer.open; index++) {
      const id = 2 * index + 1;
      peer.write(
        frame(frameType.headers, endHeaders, id, open(unaryPath)),
        frame(frameType.data, endStream, id, request('hang')),
      );
      if (index % 500 === 499) await peer.drained();
    }
    await sleep(300);
    const ran = ((await victim.state())?.started ?? 0) - (before?.started ?? 0);
    return { said: `${ran.toLocaleString('en')} run`, good: ran <= 100 };
  },
};

const cancelled: Row = {
  mark: 'D-08',
  input: 'ten calls that are reset while their handlers run',
  wanted: 'each handler is told',
  attack: async (victim) => {
    const before = await victim.state();
    await using peer = await RawPeer.open(victim.port);
    const ids = Array.from({ length: 10 }, (_, index) => 2 * index + 1);
    for (const id of ids)
      peer.write(
        frame(frameType.headers, endHeaders, id, open(unaryPath)),
        frame(frameType.data, endStream, id, request('hang')),
      );
    const since = (name: 'started' | 'cancelled', now: VictimState | undefined): number =>
      (now?.[name] ?? 0) - (before?.[name] ?? 0);
    const reached = async (name: 'started' | 'cancelled'): Promise<number> => {
      for (let waited = 0; waited < 5_000 && since(name, await victim.state()) < ids.length; waited += 50)
        await sleep(50);
      return since(name, await victim.state());
    };
    const started = await reached('started');
    for (const id of ids) peer.write(frame(frameType.reset, 0, id, Buffer.from([0, 0, 0, 8])));
    const told = await reached('cancelled');
    return { said: `${told} of ${started} are told`, good: started === ids.length && told === started };
  },
};

/** Connections that take and do not give. */
export const connectionRows: readonly Row[] = [silent, halfFrame, noBody, streams, cancelled];
