import { once } from 'node:events';
import { createSecureServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTls, type TlsOptions } from 'node:tls';
import { codeName } from 'flowrpc';
import { openHostile, reply, replyStatus } from '../hostile-server.ts';
import { grpcFrame } from '../raw-http2.ts';
import { canaries } from './canary.ts';
import { authorities, misnamed, servingCertificate, unbelievable } from './certificates.ts';
import type { ClientRow } from './client-rows.ts';
import type { Dial, Dialed } from './dialer.ts';
import type { Outcome } from './row.ts';
import { Child, type Side } from './victim-process.ts';

/** A client of one side in a process of its own, which is told whom to call. */
export class Dialer extends Child {
  static async start(side: Side): Promise<Dialer> {
    const dialer = new Dialer('dialer.ts', side);
    if ((await dialer.next<unknown>()) === undefined)
      throw new Error(`Cannot start the client of ${side}: ${dialer.lastWords}`);
    return dialer;
  }

  async dial(task: Dial): Promise<Dialed | undefined> {
    const answer = this.next<{ dialed: Dialed }>();
    this.process.send(task);
    return (await answer)?.dialed;
  }
}

type DialRow = ClientRow<Dialer>;

function outcome(dialed: Dialed | undefined, code: string, extra = '', fine = extra === ''): Outcome {
  if (dialed === undefined) return { said: 'hangs', good: false };
  const said = codeName(dialed.code);
  return { said: `${said}${extra}`, good: said === code && fine };
}

const message = grpcFrame('{"text":"a","n":1}');
const fine = (stream: Parameters<typeof reply>[0]): void =>
  reply(stream, { body: [message], trailer: { 'grpc-status': '0' } });

/** A server behind TLS; it must not get a call. */
function tlsRow(mark: string, input: string, options: () => Promise<TlsOptions>, why: RegExp): DialRow {
  return {
    mark,
    input,
    wanted: 'UNAVAILABLE, and why',
    attack: async (dialer) => {
      const { ca } = await servingCertificate();
      const given = await options();
      // node:http2 takes no TLS 1.1: a server that does not get as far needs no more than TLS.
      const server = given.maxVersion === undefined ? createSecureServer(given) : createTls(given);
      let called = 0;
      (server as Http2Server).on('stream', () => (called += 1));
      for (const event of ['tlsClientError', 'sessionError', 'error']) server.on(event, () => {});
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const dialed = await dialer.dial({ target: `localhost:${port}`, addresses: ['127.0.0.1'], ca });
      server.close();
      const told = why.test(dialed?.message ?? '');
      return outcome(dialed, 'UNAVAILABLE', `${told ? '' : ', does not say why'}${called > 0 ? ', but called' : ''}`);
    },
  };
}

/** A call of a name of which we say what it stands for; a server listens on 127.0.0.1. */
function nameRow(input: string, addresses: readonly string[], code: string): DialRow {
  return {
    mark: 'C-09',
    input,
    wanted: `${code}, without a TXT lookup`,
    attack: async (dialer) => {
      await using hostile = await openHostile(fine);
      const dialed = await dialer.dial({ target: `dns:///name.test:${hostile.port}`, addresses });
      return outcome(dialed, code, (dialed?.txtLookups ?? 0) > 0 ? `, ${dialed?.txtLookups} TXT lookups` : '');
    },
  };
}

const others = Array.from({ length: 49 }, (_, n) => `127.0.0.${n + 2}`);

const toFarAway: DialRow = {
  mark: 'T-07',
  input: '`authorization` in plaintext, to another machine',
  wanted: 'FAILED_PRECONDITION, nothing is sent',
  attack: async (dialer) => {
    await using hostile = await openHostile(fine);
    const { authorization } = canaries;
    const target = `dns:///far.test:${hostile.port}`;
    const dialed = await dialer.dial({ target, addresses: ['127.0.0.1'], metadata: { authorization } });
    return outcome(dialed, 'FAILED_PRECONDITION', hostile.calls.length > 0 ? ', it is sent' : '');
  },
};

const printed: DialRow = {
  mark: '0-12',
  input: 'headers and trailers that would write to a terminal',
  wanted: 'NOT_FOUND, nothing is printed',
  attack: async (dialer) => {
    const hostile = { 'x-title': 'take this: \u009b2J', 'x!name': 'no legal one' };
    await using first = await openHostile((stream) =>
      reply(stream, { header: hostile, trailer: { 'grpc-status': '5', ...hostile } }),
    );
    await using only = await openHostile((stream) => replyStatus(stream, { 'grpc-status': '5', ...hostile }));
    await dialer.dial({ target: `127.0.0.1:${first.port}` });
    const dialed = await dialer.dial({ target: `127.0.0.1:${only.port}` });
    // What was printed comes by another way than the answer.
    await sleep(100);
    return outcome(dialed, 'NOT_FOUND');
  },
};

export const dialRows: readonly DialRow[] = [
  nameRow('a name of no address', [], 'UNAVAILABLE'),
  nameRow('a name of one address', ['127.0.0.1'], 'OK'),
  nameRow('a name of 50 addresses, of which the last one answers', [...others, '127.0.0.1'], 'OK'),
  ...Object.entries(unbelievable).map(([what, make]) =>
    tlsRow('T-01', `a server with a certificate ${what}`, make, /certificate|expired|not yet valid|issuer/i),
  ),
  tlsRow('T-01', 'a server with a certificate of another name', misnamed, /altname|does not match|IP:/i),
  tlsRow(
    'T-07',
    'a server that speaks TLS 1.1',
    async () => ({
      ...(await servingCertificate()),
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
      ALPNProtocols: ['h2'],
    }),
    /version|protocol/i,
  ),
  {
    mark: 'T-07',
    input: 'TLS to a server that has none',
    wanted: 'UNAVAILABLE',
    attack: async (dialer) => {
      const [{ cert }] = await authorities();
      await using hostile = await openHostile(fine);
      const target = `localhost:${hostile.port}`;
      return outcome(await dialer.dial({ target, addresses: ['127.0.0.1'], ca: cert }), 'UNAVAILABLE');
    },
  },
  toFarAway,
  printed,
];
