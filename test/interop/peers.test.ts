import { Code } from 'flowrpc';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { connectNode } from './peers/connect-node.ts';
import { flowrpc } from './peers/flowrpc.ts';
import { grpcJs } from './peers/grpc-js.ts';
import { niceGrpc } from './peers/nice-grpc.ts';
import {
  failMessage,
  failReason,
  kinds,
  type Message,
  type Peer,
  type PeerClient,
  type PeerServer,
} from './peers/peer.ts';

const data = Uint8Array.from({ length: 256 }, (_, index) => index);
const hello: Message = { text: 'hello', n: 1, data };
const pairs: readonly [client: Peer, server: Peer][] = [grpcJs, niceGrpc, connectNode].flatMap((peer) => [
  [peer, flowrpc],
  [flowrpc, peer],
]);
const canSendDetails = (server: Peer): boolean => server === flowrpc || server === grpcJs;

describe.each(
  pairs.map(([client, server]) => ({ name: `${client.name} client, ${server.name} server`, client, server })),
)('$name', (pair) => {
  let server: PeerServer;
  let client: PeerClient;

  beforeAll(async () => {
    server = await pair.server.serve();
    client = pair.client.connect(server.port);
  });
  afterAll(async () => {
    await client.close();
    await server.close();
  });

  test.each(kinds)('%s carries messages, header and trailer, text and bytes', async (kind) => {
    const streams = kind === 'clientStream' || kind === 'bidi';

    const outcome = await client.call({
      kind,
      requests: streams ? [hello, hello] : [hello],
      echo: ['one', 'two'],
      echoBin: data,
    });

    const one = { text: 'HELLO', n: 2 };
    const expected = {
      unary: [one],
      serverStream: [one, one, one],
      clientStream: [{ text: 'HELLO,HELLO', n: 4 }],
      bidi: [one, one],
    }[kind];
    expect(outcome).toMatchObject({ code: Code.OK, replies: expected });
    expect(outcome.replies.map((reply) => Buffer.from(reply.data))).toEqual(expected.map(() => Buffer.from(data)));
    // Runtimes built on fetch's Headers join values: what counts is that both came, in order.
    expect(outcome.header.join(', ').split(/, ?/)).toEqual(['one', 'two']);
    expect(outcome.trailer.map((value) => Buffer.from(value))).toEqual([Buffer.from(data)]);
  });

  test.each(kinds)('%s fails with code, any text, and details', async (kind) => {
    const outcome = await client.call({ kind, requests: [{ ...hello, text: 'fail' }] });

    expect(outcome).toMatchObject({ code: Code.NOT_FOUND, message: failMessage });
    if (pair.client === flowrpc) expect(outcome.reasons).toEqual(canSendDetails(pair.server) ? [failReason] : []);
  });

  test.each(kinds)('%s ends at its deadline on both sides', async (kind) => {
    const before = server.waited.length;

    const outcome = await client.call({ kind, requests: [{ ...hello, text: 'wait' }], timeoutMs: 150 });

    expect(outcome.code).toBe(Code.DEADLINE_EXCEEDED);
    await vi.waitFor(() => expect(server.waited.length).toBe(before + 1), 5_000);
  });

  test.each(kinds)('%s is cancelled on both sides', async (kind) => {
    const before = server.waited.length;

    const outcome = await client.call({ kind, requests: [{ ...hello, text: 'wait' }], cancelAfterMs: 100 });

    expect(outcome.code).toBe(Code.CANCELLED);
    await vi.waitFor(() => expect(server.waited.length).toBe(before + 1), 5_000);
  });
});
