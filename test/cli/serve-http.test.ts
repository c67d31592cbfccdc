import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashApiKey } from 'flowrpc/interceptors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowrpc } from './flowrpc.ts';
import { folderOf, greeted, startServe, stopAll } from './serving.ts';

let dir: string;
let file: string;

beforeAll(async () => {
  dir = await folderOf({ 'graph.yaml': `- { kind: snippet, name: one, language: json, code: '{ "one": 1 }' }` });
  file = join(dir, 'graph.yaml');
});
afterAll(stopAll);

const post = async (url: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'POST', body: 'null', headers });

describe('serve --http', () => {
  test('nodes are called by HTTP, and what there is is told', async () => {
    const serving = await startServe([file, '--http', '127.0.0.1:0']);
    const { http } = serving as unknown as { http: string[] };

    expect(await (await post(`http://${http[0]}/default.one/In`)).json()).toEqual({ one: 1 });
    expect((await fetch(`http://${http[0]}/openapi.json`)).status).toBe(200);
    expect((await post(`http://${http[0]}/grpc.health.v1.Health/Check`)).status).toBe(200);
    // Control is for its own clients.
    expect((await post(`http://${http[0]}/flowrpc.v1.Control/List`)).status).toBe(404);
    serving.child.kill('SIGTERM');
    expect((await serving.ended).code).toBe(0);
    await expect(fetch(`http://${http[0]}/`)).rejects.toThrow();
  });

  test('the greeting has a line for curl', async () => {
    const { output, child } = await greeted([file, '--listen', '127.0.0.1:0', '--http', '127.0.0.1:0']);
    child.kill('SIGKILL');

    expect(output).toMatch(/HTTP on http:\/\/127\.0\.0\.1:\d+/);
  });

  test('auth of the config holds for HTTP, and pages are not told what there is', async () => {
    const key = 'k'.repeat(32);
    const config = join(dir, 'config.yaml');
    await writeFile(
      config,
      `http: { listen: '127.0.0.1:0', docs: false, headers: [x-api-key] }
interceptors:
  server: [{ auth: { apiKeys: { keys: [{ hash: "${hashApiKey(key)}", identity: front }] } } }]
`,
    );
    const serving = await startServe([file, '--config', config]);
    const { http } = serving as unknown as { http: string[] };

    expect((await post(`http://${http[0]}/default.one/In`)).status).toBe(401);
    expect((await post(`http://${http[0]}/default.one/In`, { 'x-api-key': key })).status).toBe(200);
    expect((await fetch(`http://${http[0]}/openapi.json`)).status).toBe(404);
  });

  test('an address that is wrong or taken is told before anything is served', async () => {
    expect(await flowrpc(['serve', file, '--http', 'nowhere'])).toMatchObject({ code: 2 });
    const serving = await startServe([file, '--http', '127.0.0.1:0']);
    const { http } = serving as unknown as { http: string[] };
    const taken = await flowrpc(['serve', file, '--listen', '127.0.0.1:0', '--http', http[0]!]);
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining(`Cannot listen on ${http[0]}`) });
  });
});
