import { codeName, connect } from 'flowrpc';
import { Health } from '../../../src/wire/gen/grpc/health/v1/health.ts';
import { ServerReflection, type ServerReflectionRequest } from '../../../src/wire/gen/grpc/reflection/v1/reflection.ts';
import type { Row } from './row.ts';

type Question = NonNullable<ServerReflectionRequest['messageRequest']>;

const bySymbol = (value: string): Question => ({ case: 'fileContainingSymbol', value });
const byFile = (value: string): Question => ({ case: 'fileByFilename', value });

/** Questions of reflection, each of which must be answered with NOT_FOUND in few words. */
function reflectionRow(input: string, questions: () => Iterable<Question>, long = false): Row {
  return {
    mark: 'T-08',
    input,
    wanted: 'NOT_FOUND, in 300 bytes at most',
    notBare: 'not installed: @grpc/reflection',
    long,
    attack: async ({ port }) => {
      await using channel = connect(`127.0.0.1:${port}`);
      const asked = [...questions()].map((messageRequest) => ({ host: '', messageRequest }));
      const codes = new Set<string>();
      let longest = 0;
      let answers = 0;
      for await (const { messageResponse } of channel.client(ServerReflection).serverReflectionInfo(asked)) {
        const refused = messageResponse?.case === 'errorResponse' ? messageResponse.value : undefined;
        codes.add(refused === undefined ? 'told' : codeName(refused.errorCode));
        longest = Math.max(longest, refused?.errorMessage.length ?? 0);
        answers += 1;
      }
      const said = [...codes].join(', ');
      const whole = answers === asked.length ? '' : `; ${answers} of ${asked.length} answered`;
      return { said: `${said}${whole}`, good: said === 'NOT_FOUND' && longest <= 300 && whole === '' };
    },
  };
}

const odd = ['constructor', '__proto__', 'toString', 'hasOwnProperty', '', '.', 'x'.repeat(100_000)];

const watches: Row = {
  mark: 'T-09',
  input: '2,000 health watches of names of 4 KB each, then gone',
  wanted: 'nothing is kept: 2 MB of heap at most',
  long: true,
  notBare: 'not installed: grpc-health-check',
  attack: async (victim) => {
    const open = async (count: number): Promise<void> => {
      // A connection each time: who resets much is asked to go.
      await using channel = connect(`127.0.0.1:${victim.port}`);
      const client = channel.client(Health);
      const calls = Array.from({ length: count }, (_, n) =>
        client.watch({ service: `${performance.now()}.${n}.${'n'.repeat(4_000)}` }),
      );
      await Promise.all(calls.map((call) => call.next()));
      for (const call of calls) call.cancel();
    };
    await open(50);
    const before = (await victim.collected())?.heap ?? 0;
    for (let done = 0; done < 2_000; done += 50) await open(50);
    const grown = Math.max(0, Math.round((((await victim.collected())?.heap ?? 0) - before) / 2 ** 20));
    return { said: grown <= 2 ? 'nothing is kept' : `${grown} MB of heap are kept`, good: grown <= 2 };
  },
};

const longName: Row = {
  mark: 'T-09',
  input: 'the health of a service whose name has 100 KB',
  wanted: 'NOT_FOUND, in 300 bytes at most',
  notBare: 'not installed: grpc-health-check',
  attack: async ({ port }) => {
    await using channel = connect(`127.0.0.1:${port}`);
    const { code, message } = await channel.client(Health).check({ service: 'n'.repeat(100_000) }).status;
    return { said: codeName(code), good: codeName(code) === 'NOT_FOUND' && message.length <= 300 };
  },
};

/** What is asked of health and reflection. */
export const serviceRows: readonly Row[] = [
  reflectionRow('reflection of a service that is hidden, by symbol and by file', () => [
    bySymbol('grpc.health.v1.Health'),
    bySymbol('grpc.health.v1.Health.Watch'),
    byFile('grpc/health/v1/health.proto'),
  ]),
  reflectionRow('reflection of names that objects inherit, none, and 100 KB', () => [
    ...odd.map(bySymbol),
    ...odd.map(byFile),
  ]),
  reflectionRow(
    '10,000 questions in one stream of reflection',
    () => Array.from({ length: 10_000 }, (_, n) => bySymbol(`none.N${n}`)),
    true,
  ),
  watches,
  longName,
];
