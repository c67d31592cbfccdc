import type { OutgoingHttpHeaders } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { grpcFrame, HttpPeer, type RawReply } from '../raw-http2.ts';
import { unaryPath } from '../target.ts';
import { canaries } from './canary.ts';
import { type Answered, type Row, shown, withHandlers } from './row.ts';
import type { Victim } from './victim-process.ts';

export interface Question {
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Uint8Array[];
  readonly end?: boolean;
}

export function request(text: string): Buffer {
  return grpcFrame(JSON.stringify({ text, n: 1 }));
}

/** Asks on the connection of a peer; undefined when nothing comes for twelve seconds. */
export async function ask(
  peer: HttpPeer,
  { path = unaryPath, body = [request('a')], headers, ...rest }: Question,
): Promise<RawReply | undefined> {
  const withToken = { authorization: canaries.authorization, ...headers };
  return Promise.race([
    peer.call(path, { body, headers: withToken, ...rest }),
    sleep(12_000, undefined, { ref: false }),
  ]);
}

/** A question and its answer, as the oracle looks at them. */
export function answered({ path = unaryPath, headers = {}, body = [] }: Question, reply: RawReply): Answered {
  const sent = [path, ...Object.entries(headers).flat(), ...body.map((bytes) => Buffer.from(bytes).toString('latin1'))];
  return { input: sent.join('\n'), reply };
}

/** A row in which one question is asked, and its answer is one of those that are wanted; without a handler unless said. */
export function questionRow(
  mark: string,
  input: string,
  question: Question,
  wanted: string | readonly string[],
  { handlers = 0 }: { handlers?: number } = {},
): Row {
  const answers = [wanted].flat();
  return {
    mark,
    input,
    wanted: withHandlers(answers.join(' or '), handlers),
    attack: async (victim: Victim) => {
      await using peer = new HttpPeer(victim.port);
      const before = (await victim.state())?.started ?? 0;
      const reply = await ask(peer, question);
      const ran = ((await victim.state())?.started ?? before) - before;
      const said = reply === undefined ? 'no answer' : shown(reply);
      return {
        said: withHandlers(said, ran),
        good: answers.includes(said) && ran <= handlers,
        answers: reply === undefined ? [] : [answered(question, reply)],
      };
    },
  };
}

/** A row in which two calls are under way on the same connection while a third does harm. */
export function besideRow(
  mark: string,
  input: string,
  text: string,
  wanted: readonly string[],
  check: (reply: RawReply) => boolean = () => true,
): Row {
  return {
    mark,
    input,
    wanted: `${wanted.join(' or ')}; the others on the connection end well`,
    attack: async ({ port }) => {
      await using peer = new HttpPeer(port);
      const others = [1, 2].map(() => ask(peer, { body: [request('slow')] }));
      const reply = await ask(peer, { body: [request(text)] });
      const fine = (await Promise.all(others)).filter((other) => other?.code === 0).length;
      const said = reply === undefined ? 'no answer' : shown(reply);
      const odd =
        reply !== undefined && !check(reply) ? `, its text is ${JSON.stringify(reply.message.slice(0, 40))}` : '';
      return {
        said: `${said}${odd}${fine < 2 ? `; ${2 - fine} of 2 others on the connection fail` : ''}`,
        good: wanted.includes(said) && fine === 2 && odd === '',
        answers: reply === undefined ? [] : [answered({ body: [request(text)] }, reply)],
      };
    },
  };
}
