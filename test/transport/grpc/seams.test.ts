import { Channel, credentials } from '@grpc/grpc-js';
import { connect } from 'flowrpc';
import { expect, test } from 'vitest';
import { missingSeams } from '../../../src/transport/grpc/seams.ts';

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

  expect([...gone.keys()]).toEqual([
    'Channel.createRetryingCall',
    'Call.underlyingCalls',
    'Call.filterStackFactory',
    'Channel.addWrappedSubchannel',
  ]);
  expect([...other.keys()]).toEqual([
    'Call.underlyingCalls',
    'Call.filterStackFactory',
    'Channel.addWrappedSubchannel',
  ]);
  expect(gone.get('Call.filterStackFactory')).toBe('calls cannot be compressed');
});

test('channels warn of nothing while all is there', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on('warning', note);

  await using channel = connect('127.0.0.1:1');
  await new Promise(setImmediate);
  process.removeListener('warning', note);

  expect(channel.state).toBe('idle');
  expect(warnings).toEqual([]);
});
