import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { frame, frameType, HttpPeer, RawPeer } from '../raw-http2.ts';
import { unaryPath } from '../target.ts';
import { ask, request } from './ask.ts';
import { type Row, shown } from './row.ts';
import { endHeaders, endStream, ends, open, patience } from './wire-rows.ts';

const silent: Row = {
  mark: 'C-01',
  input: '1,000 connections that say nothing, idle limit 500 ms',
  wanted: 'closed',
  attack: async ({ port }) => {
    const sockets = Array.from({ length: 1_000 }, () =>
      connectTcp(port, '127.0.0.1')
        .on('error', () => {})
        .resume(),
    );
    const all = Promise.all(sockets.map((socket) => once(socket, 'close')));
    const good = await Promise.race([all.then(() => true), sleep(patience, false, { ref: false })]);
    const left = sockets.filter(({ destroyed }) => !destroyed).length;
    for (const socket of sockets) socket.destroy();
    return { said: good ? 'closed' : `${left} still open after ${patience / 1_000} s`, good };
  },
};

const halfFrame: Row = {
  mark: 'C-02',
  input: 'half a frame, then silence, idle limit 500 ms',
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

/** Connections that take and do not give. */
export const connectionRows: readonly Row[] = [silent, halfFrame, noBody, streams];
