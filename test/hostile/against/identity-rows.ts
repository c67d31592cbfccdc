import { once } from 'node:events';
import { connect as connectHttp2, type OutgoingHttpHeaders } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { callHeaders, HttpPeer } from '../raw-http2.ts';
import { unaryPath } from '../target.ts';
import { answered, ask, request } from './ask.ts';
import { authorities, unbelievable } from './certificates.ts';
import { guardedPath, token } from './guarded.ts';
import { type Row, shown, withHandlers } from './row.ts';

/** A caller with a certificate, or none, at a server that wants one which it believes. */
function certificateRow(input: string, make: () => Promise<{ cert?: string; key?: string }>): Row {
  return {
    mark: 'T-01',
    input,
    wanted: 'refused',
    attack: async (victim) => {
      const [{ cert: ca }] = await authorities();
      const before = (await victim.state())?.started ?? 0;
      const session = connectHttp2(`https://127.0.0.1:${victim.tlsPort}`, { ca, ...(await make()) });
      session.on('error', () => {});
      const stream = session.request({ ...callHeaders(unaryPath) });
      stream.on('error', () => {}).end(request('a'));
      const answer = once(stream, 'response').then(
        () => 'answered',
        () => 'refused',
      );
      const closed = new Promise((resolve) => session.once('close', resolve)).then(() => 'refused');
      const said = await Promise.race([answer, closed, sleep(10_000, 'no answer', { ref: false })]);
      session.destroy();
      const ran = ((await victim.state())?.started ?? before) - before;
      return { said: withHandlers(said, ran), good: said === 'refused' && ran === 0 };
    },
  };
}

/** A caller who speaks something else than the TLS that the port wants. */
function handshakeRow(input: string, speak: (port: number) => Promise<'answered' | 'refused'>): Row {
  return {
    mark: 'T-07',
    input,
    wanted: 'refused',
    attack: async (victim) => {
      const said = await Promise.race([speak(victim.tlsPort), sleep(10_000, 'no answer', { ref: false })]);
      return { said, good: said === 'refused' };
    },
  };
}

async function plaintext(port: number): Promise<'answered' | 'refused'> {
  await using peer = new HttpPeer(port);
  const reply = await ask(peer, {});
  return reply?.http === undefined ? 'refused' : 'answered';
}

function oldTls(port: number): Promise<'answered' | 'refused'> {
  const socket = connectTls({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
    ALPNProtocols: ['h2'],
  });
  return new Promise((resolve) => {
    socket.once('secureConnect', () => resolve('answered')).on('error', () => resolve('refused'));
  }).finally(() => socket.destroy()) as Promise<'answered' | 'refused'>;
}

const wrongTokens: Readonly<Record<string, () => string | undefined>> = {
  'no token': () => undefined,
  'a token that is none': () => 'Bearer a.b',
  'a token that has expired': () => `Bearer ${token({ exp: 1_000_000_000 })}`,
  'a token for another audience': () => `Bearer ${token({ aud: 'elsewhere' })}`,
  'a token that somebody else signed': () => `Bearer ${token({}, 'another secret of thirty-two bytes, or more')}`,
  'a token for another issuer': () => `Bearer ${token({ iss: 'https://elsewhere.test' })}`,
};

/** All are told the same. */
const refusal = 'The call has no valid credentials';

function tokenRow([input, make]: readonly [string, () => string | undefined]): Row {
  return {
    mark: 'T-05',
    input: `${input}, where one is wanted`,
    wanted: 'UNAUTHENTICATED, all alike',
    notBare: 'it has no authentication',
    attack: async (victim) => {
      await using peer = new HttpPeer(victim.port);
      const before = (await victim.state())?.started ?? 0;
      const question = { path: guardedPath, headers: { authorization: make() } as OutgoingHttpHeaders };
      const reply = await ask(peer, question);
      const ran = ((await victim.state())?.started ?? before) - before;
      const said = reply === undefined ? 'no answer' : shown(reply);
      return {
        said: withHandlers(said, ran),
        good: said === 'UNAUTHENTICATED' && reply?.message === refusal && ran === 0,
        answers: reply === undefined ? [] : [answered({ path: guardedPath }, reply)],
      };
    },
  };
}

/** Who may call. */
export const identityRows: readonly Row[] = [
  certificateRow('a caller without a certificate, where one is wanted', async () => ({})),
  ...Object.entries(unbelievable).map(([what, make]) => certificateRow(`a caller with a certificate ${what}`, make)),
  handshakeRow('plaintext to a TLS port', plaintext),
  handshakeRow('TLS 1.1', oldTls),
  ...Object.entries(wrongTokens).map(tokenRow),
];
