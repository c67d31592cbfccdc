import { Code, connect, createServer, type Interceptor, inProcess, StatusError, silentLogger } from 'flowrpc';
import { expect, test } from 'vitest';
import { echo, ProbeService } from './suites/probe-service.ts';

test('smoke in process', async () => {
  const log: string[] = [];
  const trace = (name: string): Interceptor =>
    async function t(call, next) {
      log.push(name + '>');
      const s = await next(call);
      log.push(name + '<' + s.code);
      return s;
    };
  const server = createServer({ logger: silentLogger, interceptors: [trace('s1'), trace('s2')] }).add(ProbeService, {
    ...echo,
    unary: async ({ text, n }, ctx) => {
      ctx.header.set('h', 'v');
      ctx.trailer.set('t', 'w');
      if (n < 0) throw null;
      if (n === 7) throw new StatusError(Code.NOT_FOUND, 'nope');
      return { text, n };
    },
  });
  await using ch = connect(inProcess(server), { interceptors: [trace('c1')] });
  const c = ch.client(ProbeService);
  const call = c.unary({ text: 'a', n: 1 });
  expect(await call).toEqual({ text: 'a', n: 1 });
  expect((await call.header).get('h')).toBe('v');
  expect((await call.trailer).get('t')).toBe('w');
  expect(log).toEqual(['c1>', 's1>', 's2>', 's2<0', 's1<0', 'c1<0']);
  await expect(c.unary({ text: '', n: -1 })).rejects.toThrow(/UNKNOWN: Internal error \(error id/);
  await expect(c.unary({ text: '', n: 7 })).rejects.toMatchObject({ code: Code.NOT_FOUND });
  const got = [];
  for await (const m of c.serverStream({ text: 'x', n: 20 })) got.push(m.n);
  expect(got.length).toBe(20);
  expect(
    await c.clientStream([
      { text: 'a', n: 1 },
      { text: 'b', n: 2 },
    ]),
  ).toEqual({ text: 'a,b', n: 3 });
  const b = [];
  for await (const m of c.bidi([
    { text: 'a', n: 1 },
    { text: 'b', n: 2 },
  ]))
    b.push(m.text);
  expect(b).toEqual(['A', 'B']);
  expect((await ch.call('/no.Such/Method', new Uint8Array()).status).code).toBe(12);
  const report = await server.close({ graceMs: 100 });
  expect(report.cut).toEqual([]);
});
