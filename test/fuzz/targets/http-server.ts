import assert from 'node:assert/strict';
import { connect as connectTcp } from 'node:net';
import { silentLogger } from 'flowrpc';
import { createGraph, readSpecs } from 'flowrpc/graph';
import { createKinds, defineKind, type NodeInstance, oneToOne } from 'flowrpc/nodes';
import { lines } from '../shapes/lines.ts';
import type { FuzzTarget } from '../target.ts';

const patienceMs = 40;

/** The port of a `listener`: the input is what a client writes. Each answer has a status, and a neighbour's request comes through. */
export async function httpServer(): Promise<FuzzTarget> {
  const { specs, problems } = readSpecs([
    { kind: 'listener', name: 'listener', port: 0, ports: { out: [{ name: 'router', port: 'in' }] } },
    {
      kind: 'router',
      name: 'router',
      routes: [{ method: 'POST', path: '/items/:id', port: 'out[0]' }],
      ports: { 'out[0]': [{ name: 'echo', port: 'in' }] },
    },
    { kind: 'echo', name: 'echo' },
  ]);
  const echo = defineKind({ kind: 'echo', setup: () => oneToOne((payload) => payload) });
  const graph = await createGraph({ specs, problems, kinds: createKinds(echo), logger: silentLogger });
  const [{ instance } = { instance: undefined }] = graph.nodes.filter(({ name }) => name === 'listener');
  const { address } = instance as NodeInstance & { address: string };
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  let runs = 0;
  return {
    batch: 32,
    parallel: 16,
    shape: lines,
    words: [
      ...['GET ', 'POST ', 'HEAD ', '/items/1', '/items/%2e', '?a=1&a=2', ' HTTP/1.1', ' HTTP/1.0', '\r\n', '\r\n\r\n'],
      ...[
        'Host: a',
        'Content-Length: 5',
        'Transfer-Encoding: chunked',
        'Connection: close',
        'Upgrade: websocket',
        '0\r\n\r\n',
      ],
      ...[
        'Content-Type: application/json',
        'Content-Encoding: gzip',
        'Expect: 100-continue',
        'Accept-Encoding: br',
        '5\r\n',
      ],
      ...[
        'Content-Type: multipart/form-data; boundary=x',
        'X: \x00',
        ' folded',
        'Range: bytes=0-1',
        'PRI * HTTP/2.0\r\n',
      ],
    ],
    async run(input) {
      const answer = await exchange(port, input);
      // In HTTP/1.1, or the settings that begin HTTP/2.
      if (answer.length > 0) assert.match(answer, /^(?:HTTP\/1\.1 [1-5]\d\d |\0\0.\x04\0)/s);
      assert(!/\n\s+at |node_modules/.test(answer), 'an answer shows a stack');
      runs += 1;
      if (runs % 100 !== 1) return;
      const response = await fetch(`http://127.0.0.1:${port}/items/1`, { method: 'POST', body: 'neighbour' });
      assert.equal(response.status, 200, 'a neighbour was harmed');
      await response.arrayBuffer();
    },
    close: () => graph.close({ graceMs: 100 }),
  };
}

function exchange(port: number, input: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => socket.destroy(), patienceMs);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('latin1'));
    });
    socket.end(input);
  });
}
