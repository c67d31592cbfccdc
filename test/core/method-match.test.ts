import {
  connect,
  createServer,
  except,
  type Interceptor,
  inProcess,
  type Match,
  matching,
  only,
  silentLogger,
} from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { ProbeService } from '../suites/probe-service.ts';

const { unary, serverStream, clientStream, bidi } = ProbeService.methods;

describe('matching()', () => {
  test.each<[string, Match, readonly string[]]>([
    ['a kind', { kind: 'unary' }, ['unary']],
    ['several kinds', { kind: ['serverStream', 'bidi'] }, ['serverStream', 'bidi']],
    ['a name', { name: unary.name }, ['unary']],
    ['a service and a kind', { service: ProbeService.name, kind: 'bidi' }, ['bidi']],
    ['another service', { service: 'no.Such' }, []],
    ['idempotency', { idempotency: ['idempotent', 'no-side-effects'] }, []],
    ['known methods', { known: true }, ['unary', 'serverStream', 'clientStream', 'bidi']],
    ['everything', {}, ['unary', 'serverStream', 'clientStream', 'bidi']],
    ['a service', ProbeService, ['unary', 'serverStream', 'clientStream', 'bidi']],
    ['a path', serverStream.path, ['serverStream']],
  ])('finds methods by %s', (_what, match, expected) => {
    const matches = matching(match);

    expect([unary, serverStream, clientStream, bidi].filter(matches).map(({ localName }) => localName)).toEqual(
      expected,
    );
  });

  test('refuses traits that are unknown, naming them', () => {
    expect(() => matching({ kinds: 'unary' } as never)).toThrow('option "kinds" of a match of methods');
    expect(() => matching(7 as never)).toThrow('Cannot match methods by 7');
  });

  test('only() and except() take traits', async () => {
    const seen: string[] = [];
    const note = (name: string): Interceptor =>
      async function note(call, next) {
        seen.push(name);
        return next(call);
      };
    const server = createServer({
      interceptors: [only({ kind: 'unary' }, note('only')), except({ kind: 'unary' }, note('except'))],
      logger: silentLogger,
    }).add(ProbeService, { unary: (message) => message });
    await using channel = connect(inProcess(server));

    await channel.client(ProbeService).unary({ text: '', n: 0 });

    expect(seen).toEqual(['only']);
  });
});
