import { expect, test } from 'vitest';
import { pingContenders } from '../../bench/ping-contenders.ts';

test.each(Object.entries(pingContenders))('#147 %s of the ping bench answers as the others do', async (_, serve) => {
  await using server = await serve();
  const ask = (path: string, method = 'GET'): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.port}${path}`, { method, headers: { connection: 'close' } });

  const [pong, elsewhere] = [await ask('/ping'), await ask('/nowhere')];

  expect([pong.status, pong.headers.get('content-type'), await pong.text()]).toEqual([
    200,
    'text/plain; charset=utf-8',
    'pong',
  ]);
  expect(elsewhere.status).toBe(404);
});
