import { createServer, type Service, silentLogger } from 'flowrpc';
import { expect, test } from 'vitest';
import { kinds } from '../suites/kinds.ts';
import { echo, type ProbeMethods, ProbeService } from '../suites/probe-service.ts';

const make = () => createServer({ logger: silentLogger });

test.each(kinds)('add() refuses a %s method whose path has no leading slash #115', (kind) => {
  const wrong = { ...ProbeService.methods[kind], path: 'suite.Probe/X' };
  const service: Service<ProbeMethods> = { ...ProbeService, methods: { ...ProbeService.methods, [kind]: wrong } };

  expect(() => make().add(service, echo)).toThrow(
    'Cannot add service "suite.Probe": path "suite.Probe/X" does not start with "/"',
  );
});

test.each(kinds)('add() refuses a second service with a %s method under a name that is served #115', (kind) => {
  const one = { ...ProbeService, methods: { [kind]: ProbeService.methods[kind] } } as unknown as typeof ProbeService;
  const server = make().add(one, {});

  expect(() => server.add(one, {})).toThrow('Cannot add service "suite.Probe": it is served already, use replace()');
});

test('add() refuses a service of another name that would take over a path #115', async () => {
  const server = make().add(ProbeService, echo);
  const other = { ...ProbeService, name: 'suite.Other' };

  expect(() => server.add(other, echo)).toThrow(
    'Cannot add service "suite.Other": its path "/suite.Probe/Unary" is served by "suite.Probe" already',
  );
  expect([...server.services.keys()]).toEqual(['suite.Probe']);
  expect(() => server.replace(ProbeService, echo)).not.toThrow();
});

test('add() refuses two methods with one path #115', () => {
  const { unary, bidi } = ProbeService.methods;
  const service = { ...ProbeService, methods: { ...ProbeService.methods, bidi: { ...bidi, path: unary.path } } };

  expect(() => make().add(service, echo)).toThrow('its path "/suite.Probe/Unary" is served by "suite.Probe" already');
});

test('listening twice on one address fails, and the first goes on #116', async () => {
  await using server = make().add(ProbeService, echo);
  const { address } = await server.listen('127.0.0.1:0');

  await expect(server.listen(address)).rejects.toThrow(address);
  expect(server.addresses).toEqual([address]);
  expect(server.listening).toBe(true);
});
