import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDuration } from '../../src/nodes/duration.ts';
import {
  clashingPorts,
  formatPort,
  isName,
  isReservedNamespace,
  matchPort,
  methodName,
  parsePort,
  serviceName,
  streamMethodName,
} from '../../src/nodes/names.ts';

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,10}$/).filter(isName);

test('serviceName() joins namespace and name, and writes - as _', () => {
  const node = { id: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee', kind: 'web-hook', namespace: 'my-shop' };

  expect(serviceName({ ...node, name: 'check-out' })).toBe('my_shop.check_out');
  expect(serviceName(node)).toBe('my_shop.web_hook_eeeeeeeeeeee');
});

test.each(['', '1a', '_a', 'a.b', 'a b', 'é', '__proto__', 'constructor', 'prototype', 'a\n'])(
  'isName() refuses %j',
  (text) => {
    expect(isName(text)).toBe(false);
  },
);

test.each(['grpc', 'grpc-health', 'GRPCx', 'google', 'flowrpc', 'flowrpc_v1'])(
  'isReservedNamespace() claims %s',
  (namespace) => {
    expect(isReservedNamespace(namespace)).toBe(true);
  },
);

test('isReservedNamespace() leaves other names alone', () => {
  expect(['default', 'my-grpc', 'goo', 'flow'].filter(isReservedNamespace)).toEqual([]);
});

test('parsePort() and formatPort() undo each other', () => {
  fc.assert(
    fc.property(name, fc.option(fc.nat(9_999), { nil: undefined }), (base, index) => {
      expect(parsePort(formatPort(base, index))).toEqual(index === undefined ? { name: base } : { name: base, index });
    }),
  );
});

test.each([
  '',
  'out[',
  'out[]',
  'out[-1]',
  'out[01]',
  'out[1.5]',
  'out[10000]',
  'out[1][2]',
  '[0]',
  'out[*]',
  '__proto__',
  'constructor[1]',
])('parsePort() refuses %j', (port) => {
  expect(parsePort(port)).toBeUndefined();
});

test('formatPort() throws a RangeError for a name that is none', () => {
  expect(() => formatPort('a b')).toThrow(RangeError);
  expect(() => formatPort('out', -1)).toThrow('Cannot name a port "out[-1]"');
});

test.each([
  [['out', 'error'], 'out', 'out'],
  [['out', 'error'], 'out[0]', undefined],
  [['out[*]'], 'out', 'out[0]'],
  [['out[*]'], 'out[7]', 'out[7]'],
  [['out[0]', 'out[1]'], 'out', 'out[0]'],
  [['out[0]', 'out[1]'], 'out[2]', undefined],
  [['out[*]'], 'outer[1]', undefined],
  [['out'], 'ou t', undefined],
])('matchPort() looks in %j for %s', (ports, port, found) => {
  expect(matchPort(ports, port)).toBe(found);
});

test.each([
  ['in', 'In'],
  ['in[0]', 'In0'],
  ['io', 'Io'],
  ['user-name', 'UserName'],
  ['user_name[12]', 'UserName12'],
])('methodName() makes a method of %s', (port, method) => {
  expect(methodName(port)).toBe(method);
  expect(streamMethodName(port)).toBe(`${method}Stream`);
});

test('clashingPorts() finds ports that meet in one method, stream forms included', () => {
  expect(clashingPorts(['in[0]', 'in0'])).toEqual({ first: 'in[0]', second: 'in0', method: 'In0' });
  expect(clashingPorts(['in', 'in-stream'])).toEqual({ first: 'in', second: 'in-stream', method: 'InStream' });
  expect(clashingPorts(['in', 'io', 'in[0]', 'in[1]'])).toBeUndefined();
});

test.each([
  ['200ms', 200],
  ['1s', 1_000],
  ['1m30s', 90_000],
  ['1.5h', 5_400_000],
  ['2h3m4s5ms', 7_384_005],
  [250, 250],
  [0, 0],
])('parseDuration() reads %j', (value, ms) => {
  expect(parseDuration(value)).toBe(ms);
});

test.each(['', '5', '5 s', 's', '1s1m', '-1s', '1e3s', '1d', -1, Number.NaN, Number.POSITIVE_INFINITY, null, {}, true])(
  'parseDuration() refuses %j',
  (value) => {
    expect(parseDuration(value)).toBeUndefined();
  },
);
