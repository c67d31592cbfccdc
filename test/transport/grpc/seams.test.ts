import { Channel, credentials } from '@grpc/grpc-js';
import { Code } from 'flowrpc';
import { expect, test } from 'vitest';
import { missingSeams, missingWireSeams } from '../../../src/transport/grpc/seams.ts';
import { openHostile, replyStatus } from '../../hostile/hostile-server.ts';
import { run } from '../../suites/kinds.ts';
import { ProbeService } from '../../suites/probe-service.ts';

test('this version of grpc-js has every seam we use, and looking leaves nothing behind', () => {
  const channel = new Channel('127.0.0.1:1', credentials.createInsecure(), {});

  const missing = missingSeams(channel);

  expect([...missing.keys()]).toEqual([]);
  expect(channel.getConnectivityState(false)).toBe(0);
  channel.close();
});

test('a seam that is gone, or works in another way, is named with what is lost', () => {
  const gone = missingSeams({});
  const other = missingSeams({
    internalChannel: {
      createRetryingCall: () => {
        throw new Error('not like that');
      },
      filterStackFactory: { factories: new Set() },
    },
  });

  const ofCalls = ['Call.underlyingCalls', 'Call.handleChildStatus', 'Call.bufferTracker', 'Call.filterStackFactory'];
  const ofChannels = ['Channel.addWrappedSubchannel', 'Channel.subchannelPool'];
  expect([...gone.keys()]).toEqual(['Channel.createRetryingCall', ...ofCalls, ...ofChannels]);
  expect([...other.keys()]).toEqual([...ofCalls, ...ofChannels]);
  expect(gone.get('Call.filterStackFactory')).toBe('calls cannot be compressed');
});

test('the same for calls on a connection', () => {
  const there = { transport: { activeCalls: new Set(), reportDisconnectToOwner: () => {} } };

  expect([...missingWireSeams(there).keys()]).toEqual([]);
  expect([...missingWireSeams({}).keys()]).toEqual(['Transport.activeCalls', 'Transport.reportDisconnectToOwner']);
});

test('channels and their calls warn of nothing while all is there', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on('warning', note);

  await using hostile = await openHostile((stream) => replyStatus(stream, { 'grpc-status': '5' }));
  const { status } = await run(hostile.channel.client(ProbeService), 'unary');
  await new Promise(setImmediate);
  process.removeListener('warning', note);

  expect(status.code).toBe(Code.NOT_FOUND);
  expect(warnings).toEqual([]);
});
