import { endpointOf } from 'flowrpc/interceptors/tracing/endpoint';
import { expect, test } from 'vitest';

test.each([
  ['localhost:50051', { address: 'localhost', port: 50051 }],
  ['127.0.0.1:1', { address: '127.0.0.1', port: 1 }],
  ['[::1]:50051', { address: '::1', port: 50051 }],
  ['dns:///users.local:443', { address: 'users.local', port: 443 }],
  ['dns://8.8.8.8/users:443', { address: 'users', port: 443 }],
  ['dns:users', { address: 'users' }],
  ['ipv4:10.0.0.1:80', { address: '10.0.0.1', port: 80 }],
  ['ipv4:10.0.0.1:80,10.0.0.2:80', { address: 'ipv4:10.0.0.1:80,10.0.0.2:80' }],
  ['ipv6:[::1]:80', { address: '::1', port: 80 }],
  ['unix:/run/a.sock', { address: '/run/a.sock' }],
  ['unix:///run/a.sock', { address: '/run/a.sock' }],
  ['xds:///users', { address: 'xds:///users' }],
  ['in-process', { address: 'in-process' }],
])('endpointOf() reads %s', (target, expected) => {
  expect(endpointOf(target)).toEqual(expected);
});
