import { expect, test } from 'vitest';
import { UsageError } from '../../src/cli/exit.ts';
import { onlyLocal } from '../../src/cli/listen-addresses.ts';

test.each<[string[], boolean]>([
  [['127.0.0.1:50051'], true],
  [['localhost:0', '[::1]:0', 'unix:/run/flowrpc.sock'], true],
  [['0.0.0.0:50051'], false],
  [['[::]:50051'], false],
  [['127.0.0.1:0', '192.0.2.1:0'], false],
])('onlyLocal(%j) is %j', (addresses, local) => {
  expect(onlyLocal(addresses)).toBe(local);
});

test('onlyLocal() refuses what is no address', () => {
  expect(() => onlyLocal(['127.0.0.1:0', 'localhost'])).toThrow(UsageError);
});
