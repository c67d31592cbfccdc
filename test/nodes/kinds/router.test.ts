import fc from 'fast-check';
import { Code } from 'flowrpc';
import { nodeService } from 'flowrpc/nodes';
import { describe, expect, test } from 'vitest';
import { routerKind } from '../../../src/nodes/kinds/router.ts';
import { mapping, runGraph } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const at = (name: string): object[] => [{ name, port: 'in' }];
const said = mapping('said', ({ params, path }: { params?: object; path: string }, { node }) => ({
  at: node.name,
  path,
  ...(params && { params }),
}));

const specs = (routes: object[], ports: object = {}) => [
  { kind: 'router', name: 'r', routes, ports: { 'out[0]': at('a'), 'out[1]': at('b'), ...ports } },
  { kind: 'said', name: 'a' },
  { kind: 'said', name: 'b' },
];

const routes = [
  { method: 'GET', path: '/ping', port: 'out[0]' },
  { method: 'GET', path: '/users/:id', port: 'out[0]' },
  { method: 'POST', path: '/users/me', port: 'out[1]' },
  { method: 'PUT', path: 'users/:user/posts/:post', port: 'out[1]' },
  { method: 'get', path: '/files/*', port: 'out[1]' },
  { method: 'GET', path: '/v:major.:minor', port: 'out[1]' },
  { method: 'GET', path: '/a\\:b', port: 'out[1]' },
];

describe.each(placements)('router: %s edges', (placement) => {
  const placed = async () => (await place(placement, specs(routes), { far: ['r'], kinds: [said] })).call;

  test.each<[string, string, object]>([
    ['GET', '/ping', { at: 'a' }],
    ['GET', '/users/7', { at: 'a', params: { id: '7' } }],
    ['GET', '/users/me', { at: 'a', params: { id: 'me' } }],
    ['POST', '/users/me', { at: 'b' }],
    ['PUT', '/users/a%20b/posts/c%2Fd', { at: 'b', params: { user: 'a b', post: 'c/d' } }],
    ['GET', '/files/', { at: 'b', params: { '*': '' } }],
    ['GET', '/files/a/b.txt', { at: 'b', params: { '*': 'a/b.txt' } }],
    ['HEAD', '/ping', { at: 'a' }],
    ['GET', '/a:b', { at: 'b' }],
  ])('#100 %s %s', async (method, path, to) => {
    const call = await placed();

    expect(await call('r', { method, path })).toEqual({ path, ...to });
  });

  test.each<[string, string, object]>([
    ['GET', '/nowhere', { status: 404, header: {}, body: 'Not Found' }],
    ['GET', '/Ping', { status: 404, header: {}, body: 'Not Found' }],
    ['GET', '/ping/', { status: 404, header: {}, body: 'Not Found' }],
    ['GET', '/files', { status: 404, header: {}, body: 'Not Found' }],
    ['POST', '/ping', { status: 405, header: { Allow: ['OPTIONS, GET, HEAD'] }, body: 'Method Not Allowed' }],
    [
      'DELETE',
      '/users/me',
      { status: 405, header: { Allow: ['OPTIONS, GET, POST, HEAD'] }, body: 'Method Not Allowed' },
    ],
    ['OPTIONS', '/users/me', { status: 204, header: { Allow: ['OPTIONS, GET, POST, HEAD'] } }],
    ['OPTIONS', '/nowhere', { status: 404, header: {}, body: 'Not Found' }],
    ['FOO', '/ping', { status: 405, header: { Allow: ['OPTIONS, GET, HEAD'] }, body: 'Method Not Allowed' }],
    ['GET', '/users/%zz', { status: 400, header: {}, body: 'Bad Request' }],
    ['GET', '*', { status: 400, header: {}, body: 'Bad Request' }],
  ])('#100 %s %s is answered by itself when error is unlinked', async (method, path, answer) => {
    const call = await placed();

    expect(await call('r', { method, path })).toEqual(answer);
  });
});

describe('router', () => {
  test('#100 what has no route goes to error as a response, whose reply replaces it', async () => {
    const page = mapping('page', ({ status }: { status: number }) => ({ status, body: `page ${status}` }));
    const graph = await runGraph(
      [...specs(routes, { error: at('page') }), { kind: 'page', name: 'page' }],
      [said, page],
    );

    expect(await graph.call('r', { method: 'GET', path: '/nowhere' })).toEqual({ status: 404, body: 'page 404' });
  });

  test.each([[null], ['text'], [[1]], [{ other: 1 }]])('%j is no request: an Error goes to error', async (payload) => {
    const graph = await runGraph(specs(routes), [said]);

    await expect(graph.call('r', payload)).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
  });

  test('the request goes on with all of its fields; the port unlinked, it is the reply', async () => {
    const graph = await runGraph([
      { kind: 'router', name: 'r', routes: [{ method: 'GET', path: '/:__proto__', port: 'out' }] },
    ]);
    const request = { method: 'GET', path: '/x', query: { a: ['1'] }, header: { A: ['b'] } };

    const reply = (await graph.call('r', request)) as { params: object };

    expect(reply).toMatchObject(request);
    expect(Object.keys(reply.params)).toEqual(['__proto__']);
  });

  test.each([
    [[], 'wanted a list'],
    [[{ method: 'GET', path: '/a', port: 'in' }], 'route 1 is not understood'],
    [[{ method: 'GET', path: '/a', port: 'out', more: 1 }], 'route 1 is not understood'],
    [[{ method: 'FETCH', path: '/a', port: 'out' }], 'method "FETCH"'],
    [[{ method: 'GET', path: '/a/*/b', port: 'out' }], '"*" must be the end'],
    [[{ method: 'GET', path: '/a/:/b', port: 'out' }], 'a name is missing'],
    [[{ method: 'GET', path: '/:a/:a', port: 'out' }], 'twice'],
    [[{ method: 'GET', path: '/a?b', port: 'out' }], 'no part of a path'],
    [
      [
        { method: 'GET', path: '/:a', port: 'out' },
        { method: 'get', path: ':b', port: 'out[1]' },
      ],
      'route 2 is for the same requests as route 1',
    ],
  ])('refuses routes %j', async (routes, message) => {
    await expect(nodeService(routerKind, 'r', { routes })).rejects.toThrow(message);
  });

  test('any path is routed or answered', async () => {
    const graph = await runGraph(specs(routes), [said]);
    const path = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom('/', 'users', 'files', 'a:b', '%2F', '%', '..', 'x')).map((parts) => parts.join('')),
    );

    await fc.assert(
      fc.asyncProperty(path, fc.constantFrom('GET', 'PUT', 'OPTIONS', 'HEAD'), async (path, method) => {
        expect(await graph.call('r', { method, path })).toBeTypeOf('object');
      }),
    );
  });
});
