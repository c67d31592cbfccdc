import { once } from 'node:events';
import type { ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createServer as createTcp } from 'node:net';
import { gzipSync } from 'node:zlib';
import { codeName } from 'flowrpc';
import { openHostile, reply, replyStatus } from '../hostile-server.ts';
import { grpcFrame } from '../raw-http2.ts';
import type { Ended, Task } from './client-victim.ts';
import type { Cooked } from './kitchen.ts';
import type { Outcome } from './row.ts';
import { Child, type Side } from './victim-process.ts';

/** A client of one side in a process of its own. */
export class Caller extends Child {
  static async start(side: Side): Promise<Caller> {
    const caller = new Caller('client-victim.ts', side);
    if ((await caller.next<unknown>()) === undefined)
      throw new Error(`Cannot start the client of ${side}: ${caller.lastWords}`);
    return caller;
  }

  async do(task: Task): Promise<Ended[] | undefined> {
    const answer = this.next<{ ended: Ended[] }>();
    this.process.send(task);
    return (await answer)?.ended;
  }

  /** Without a message, what was answered last. */
  async cook(recipe: { port: number; message?: unknown }): Promise<Cooked | undefined> {
    const answer = this.next<{ cooked: Cooked }>();
    this.process.send({ ...recipe, action: 'cook' } satisfies Task);
    return (await answer)?.cooked;
  }
}

/** One input of the list, for a client of either side. */
export interface ClientRow<C extends Child = Caller> {
  readonly mark: string;
  readonly input: string;
  /** Takes seconds: left to `npm run hostile` unless LONG_TESTS is set. */
  readonly long?: boolean;
  readonly wanted: string;
  attack(caller: C): Promise<Outcome>;
}

const message = grpcFrame('{"text":"a","n":1}');
const ok = { 'grpc-status': '0' };

/** A code as the table shows it. */
export function named(code: Ended['code']): string {
  if (typeof code === 'string') return code;
  return Number.isInteger(code) && code >= 0 && code <= 16 ? codeName(code) : `code ${code}`;
}

function outcome(
  caller: Caller,
  ended: readonly Ended[] | undefined,
  good: (first: Ended) => boolean,
  extra = '',
): Outcome {
  const [first] = ended ?? [];
  if (!caller.alive) return { said: `**the process dies** (${caller.lastWords})`, good: false };
  if (first === undefined) return { said: 'hangs', good: false };
  return { said: `${named(first.code)}${extra}`, good: good(first) };
}

/** A row in which a server answers as it should not. */
function answerRow(
  mark: string,
  input: string,
  answer: (stream: ServerHttp2Stream) => void,
  wanted: readonly string[],
  { action = 'unary', deadline }: { action?: Task['action']; deadline?: Task['deadline'] } = {},
): ClientRow {
  return {
    mark,
    input,
    wanted: wanted.join(' or '),
    attack: async (caller) => {
      await using hostile = await openHostile(answer);
      const ended = await caller.do({ port: hostile.port, action, deadline });
      return outcome(caller, ended, ({ code }) => wanted.includes(named(code)));
    },
  };
}

const statusRow = (code: string): ClientRow =>
  answerRow('P-10', `\`grpc-status: ${code}\``, (stream) => replyStatus(stream, { 'grpc-status': code }), ['UNKNOWN']);
const bodyRow = (mark: string, input: string, body: Uint8Array[], wanted: string[], header = {}): ClientRow =>
  answerRow(mark, input, (stream) => reply(stream, { header, body, trailer: ok }), wanted);
const fine = (stream: ServerHttp2Stream): void => {
  if (!stream.destroyed) reply(stream, { body: [message], trailer: ok });
};

const beside: ClientRow = {
  mark: 'M-02',
  input: '200 KB of metadata, with two calls under way on the connection',
  wanted: 'RESOURCE_EXHAUSTED; the others end well',
  attack: async (caller) => {
    await using hostile = await openHostile((stream) => void setTimeout(fine, 400, stream));
    const metadata = { 'x-big': 'v'.repeat(200_000) };
    const ended = await caller.do({ port: hostile.port, action: 'beside', deadline: 'later', metadata });
    const failed = (ended ?? []).slice(1).filter(({ code }) => code !== 0).length;
    return outcome(
      caller,
      ended,
      ({ code }) => named(code) === 'RESOURCE_EXHAUSTED' && failed === 0,
      failed > 0 ? `; ${failed} of 2 others fail` : '',
    );
  },
};

const noDeadline: ClientRow = {
  mark: 'D-11',
  input: 'a call that names no deadline',
  wanted: 'one of 30 s goes with it',
  attack: async (caller) => {
    await using hostile = await openHostile(fine);
    await caller.do({ port: hostile.port, action: 'unary', deadline: 'none' });
    const sent = hostile.calls[0]?.['grpc-timeout'];
    return { said: sent === undefined ? 'none: hangs with a silent server' : 'one of 30 s', good: sent !== undefined };
  },
};

const hangUps: ClientRow = {
  mark: 'C-06',
  long: true,
  input: 'a server that takes connections and says nothing',
  wanted: 'DEADLINE_EXCEEDED or UNAVAILABLE',
  attack: async (caller) => {
    const server = createTcp((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const ended = await caller.do({ port: (server.address() as AddressInfo).port, action: 'unary' });
    server.close();
    return outcome(caller, ended, ({ code }) => ['DEADLINE_EXCEEDED', 'UNAVAILABLE'].includes(named(code)));
  },
};

export const clientRows: readonly ClientRow[] = [
  ...['99', '-1', 'NaN', '1.5'].map(statusRow),
  answerRow(
    'P-10',
    'a status message that does not decode',
    (stream) => replyStatus(stream, { 'grpc-status': '5', 'grpc-message': '%zz%' }),
    ['NOT_FOUND'],
  ),
  bodyRow('W-14', 'compression flag 1 of a reply, no encoding named', [grpcFrame('{}', 1)], ['INTERNAL']),
  bodyRow('W-14', 'a reply in an encoding that nobody knows', [grpcFrame('{}', 1)], ['INTERNAL'], {
    'grpc-encoding': 'br',
  }),
  bodyRow('W-14', 'broken gzip in a reply', [grpcFrame('no gzip', 1)], ['INTERNAL'], { 'grpc-encoding': 'gzip' }),
  bodyRow('W-16', 'two replies of a unary call', [message, message], ['UNIMPLEMENTED', 'INTERNAL']),
  bodyRow('W-16', 'OK without a reply', [], ['UNIMPLEMENTED', 'INTERNAL']),
  bodyRow('G-01', 'a reply with a prefix of 4 GiB', [Buffer.from([0, 255, 255, 255, 255])], ['RESOURCE_EXHAUSTED']),
  bodyRow(
    'G-02',
    '50 MB of zeroes in 50 KB of gzip, as a reply',
    [grpcFrame(gzipSync(Buffer.alloc(50_000_000)), 1)],
    ['RESOURCE_EXHAUSTED'],
    { 'grpc-encoding': 'gzip' },
  ),
  answerRow(
    'P-11',
    'a server stream that ends with OK inside a message',
    (stream) => reply(stream, { body: [message, message.subarray(0, 12)], trailer: ok }),
    ['INTERNAL'],
    { action: 'stream' },
  ),
  beside,
  {
    mark: 'M-06',
    input: 'metadata with a key `grpc-foo`, which is reserved',
    wanted: 'refused at once, or INVALID_ARGUMENT',
    attack: async (caller) => {
      await using hostile = await openHostile(fine);
      const ended = await caller.do({ port: hostile.port, action: 'unary', metadata: { 'grpc-foo': 'x' } });
      return outcome(caller, ended, ({ code }) => code === 'refused at once' || named(code) === 'INVALID_ARGUMENT');
    },
  },
  answerRow('D-01', 'a deadline that is NaN', fine, ['refused at once', 'INVALID_ARGUMENT'], { deadline: 'NaN' }),
  answerRow('D-03', 'a deadline beyond any clock', fine, ['OK', 'refused at once'], { deadline: 'beyond any clock' }),
  noDeadline,
  hangUps,
  answerRow('P-09', 'a stream that is cancelled while nobody listens', () => {}, ['CANCELLED'], { action: 'cancel' }),
];
