import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { flowrpc } from '../../cli/flowrpc.ts';
import { expectCurl } from '../../docs/curl.ts';
import { expectGrpcurl } from '../../docs/grpcurl.ts';
import { type Replace, servePage } from '../../docs/served-page.ts';
import { folder, graphOf } from './graph-of.ts';

describe('uniflow files run', () => {
  const curl = (replace: Replace, command: string, output: string): Promise<void> =>
    expectCurl(replace(command).split(' '), output);
  const call = (replace: Replace, node: string, data: unknown, output: string): Promise<void> =>
    expectGrpcurl(['-plaintext', '-d', JSON.stringify(data), replace('localhost:50051'), `default.${node}/In`], output);

  test('ping: a request goes through listener, router and snippet', async () => {
    const replace = await servePage(graphOf('ping.yaml'));

    await curl(replace, '-s http://localhost:8000/ping', 'pong');
    await curl(replace, '-s http://localhost:8000/hello/Ada', '{"hello":"Ada"}');
    await curl(replace, '-i http://localhost:8000/nowhere', 'HTTP/1.1 404 Not Found\n');
  });

  test('proxy: urls take turns', async () => {
    const replace = await servePage(graphOf('proxy.yaml'));

    for (const from of [1, 2, 1]) await curl(replace, '-s http://localhost:8000/any', `{"from":${from}}`);
  });

  test('variables: a list under env, and stored values', async () => {
    const replace = await servePage(graphOf('variables.yaml'));

    await curl(replace, '-s http://localhost:8000/', 'Our motto: festina lente');
  });

  test('control: every kind does what it did', async () => {
    const replace = await servePage(graphOf('control.yaml'));

    // The branch that merge has first is answered with itself, as there.
    await call(replace, 'entry', { do: 'sum', numbers: [30, 12] }, '[30, 42]');
    await call(replace, 'entry', { do: 'fail', why: 'for once' }, '"rescued from …for once…"');
    await call(replace, 'entry', { do: 'steps', value: 21 }, '{"doubled":42}');
    await call(replace, 'entry', { do: 'each', list: [1, 20, 3, 30] }, '["large: 20", "large: 30"]');
    await call(replace, 'entry', { do: 'nothing' }, '{"do":"nothing"}');
  });

  test('system: specs and values are made over HTTP, and run', async () => {
    const replace = await servePage(graphOf('system.yaml'));

    await expectCurl(
      [
        '-i',
        ...['-H', 'content-type: application/json'],
        ...['-d', '{"kind":"snippet","name":"made","language":"text","code":"made over HTTP"}'],
        replace('http://localhost:8000/api/specs'),
      ],
      'HTTP/1.1 201 Created\n',
    );
    await expect
      .poll(() =>
        call(replace, 'made', null, '"made over HTTP"').then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    await curl(replace, '-i -X DELETE http://localhost:8000/api/nothing', 'HTTP/1.1 404 Not Found\n');
  });

  test('notes: rows go into a table and come out', async () => {
    const replace = await servePage(graphOf('notes.yaml'));
    const body = ['-H', 'content-type: application/json', '-d', '{"id":7,"text":"milk"}'];

    await expectCurl(['-s', ...body, replace('http://localhost:8000/notes')], '…');
    await curl(replace, '-s http://localhost:8000/notes', '[{"id":7,"text":"milk"}]');
    // A second row with the same key: nothing of that request stays.
    await expectCurl(['-i', ...body, replace('http://localhost:8000/notes')], 'HTTP/1.1 409 Conflict\n');
    await curl(replace, '-s http://localhost:8000/notes', '[{"id":7,"text":"milk"}]');
  });

  test('chat: what one says over its websocket reaches everybody', async () => {
    const replace = await servePage(graphOf('chat.yaml'));
    const heard: string[] = [];
    const join = async (name: string): Promise<WebSocket> => {
      const socket = new WebSocket(replace('ws://localhost:8000/ws'));
      onTestFinished(() => socket.terminate());
      socket.on('message', (data) => heard.push(`${name}: ${data}`));
      await once(socket, 'open');
      return socket;
    };
    const ada = await join('Ada');
    await join('Bob');

    await expect
      .poll(() => {
        ada.send('hello');
        return new Set(heard);
      })
      .toEqual(new Set(['Ada: hello', 'Bob: hello']));
  });

  test('older: kinds by the names that they had', async () => {
    const replace = await servePage(graphOf('older.yaml'));

    await call(replace, 'remembered', 'x', '[1,2,3]');
    // What `print` answers: the bytes of "[1,2,3]" and a line feed.
    await call(replace, 'entry', null, '8');
    for (const node of ['sum', 'total'])
      await expectGrpcurl(
        ['-plaintext', '-d', '1 2 3', replace('localhost:50051'), `default.${node}/InStream`],
        '1\n3\n6\n',
      );
  });

  test('suite: test and assert', async () => {
    const { code, stdout } = await flowrpc(['test', join(folder, 'suite.yaml')]);

    expect(stdout).toContain('PASS');
    expect(code).toBe(0);
  });
});
