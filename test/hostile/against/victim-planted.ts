import { createServer } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { behave } from './victim-bare.ts';

const kept: unknown[] = [];
/** How many calls of others are still to be refused. */
let refusing = 0;

/** Handlers with each of the faults that the oracle is there for. */
const faults: Readonly<Record<string, (text: string) => unknown>> = {
  'keeps memory': () => kept.push(Buffer.alloc(40 * 2 ** 20, 1)),
  'keeps a socket': () => createServer().listen(0, '127.0.0.1'),
  'keeps a timer': () => setInterval(() => {}, 1_000),
  'prints the environment': () => console.log(process.env.CANARY),
  'stands still': () => {
    for (const end = Date.now() + 2_500; Date.now() < end; );
  },
  'refuses others': () => {
    refusing = 20;
  },
  'swallows an exception': () => {
    process.on('uncaughtException', () => {});
    setImmediate(() => {
      throw new Error('swallowed');
    });
  },
  dies: () => process.exit(1),
};

export const planted: typeof behave = (call, callback) => {
  const { text } = call.request;
  if (text === 'neighbour' && refusing > 0) {
    refusing -= 1;
    return callback({ code: grpc.status.UNAVAILABLE, details: 'no' });
  }
  if (text.startsWith('repeats')) return callback({ code: grpc.status.NOT_FOUND, details: `no ${text}` });
  if (text === 'says nothing') return callback({ code: grpc.status.NOT_FOUND, details: '' });
  if (text === 'tells the token')
    return callback({ code: grpc.status.NOT_FOUND, details: String(call.metadata.get('authorization')[0]) });
  faults[text]?.(text);
  return behave(call, callback);
};
