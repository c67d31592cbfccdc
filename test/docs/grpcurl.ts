import { type Channel, Code, codeName, connect, StatusError } from 'flowrpc';
import { reflectionClient } from 'flowrpc/services';
import { expect } from 'vitest';
import { methodNamed, parseMethodPath } from '../../src/cli/method-path.ts';
import { Requests, requestSource } from '../../src/cli/requests.ts';
import type { MessageType } from '../../src/wire/index.ts';
import { messageToJson } from '../../src/wire/index.ts';
import { alike, jsonOf } from './alike.ts';
import { optionsOf } from './shell-words.ts';

/** What a call came to: what was printed, and how it failed. */
interface Outcome {
  readonly messages: readonly unknown[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** Runs `grpcurl -plaintext [-H 'k: v'] [-d JSON] HOST service/Method`, with this package's client, and compares what it would print. */
export async function expectGrpcurl(words: readonly string[], output: string): Promise<void> {
  const { values, rest } = optionsOf(words, ['-plaintext'], ['-H', '-d', '-max-time']);
  const [host, path, symbol] = rest;
  if (host === undefined || path === undefined) throw new Error('Cannot run grpcurl: wanted HOST service/Method');
  await using channel = connect(host.replace(/^localhost:/, '127.0.0.1:'));
  if (path === 'list' || path === 'describe') {
    expect(await looked(channel, path, symbol)).toEqual(alike(output.trim()));
    return;
  }
  const headers = (values.get('-H') ?? []).map((header) => header.split(/: ?(.*)/s).slice(0, 2));
  const seconds = values.get('-max-time')?.[0];
  const outcome = await called(channel, path, values.get('-d')?.[0], {
    metadata: Object.fromEntries(headers) as Record<string, string>,
    timeoutMs: seconds === undefined ? 10_000 : Number(seconds) * 1_000,
  });
  expect(outcome).toEqual(alike(shownIn(output)));
}

async function looked(channel: Channel, what: 'list' | 'describe', symbol: string | undefined): Promise<string> {
  await using client = reflectionClient(channel);
  if (what === 'describe') return (await client.describe(symbol ?? '')).trim();
  if (symbol === undefined) return (await client.list()).join('\n');
  const { methods } = await client.service(symbol);
  return Object.values(methods)
    .map(({ name }) => `${symbol}.${name}`)
    .toSorted()
    .join('\n');
}

async function called(channel: Channel, path: string, data: string | undefined, options: object): Promise<Outcome> {
  const names = parseMethodPath(path);
  await using reflected = reflectionClient(channel);
  const service = await reflected.service(names.service);
  const method = methodNamed(service, names.method);
  const requests = new Requests(method, data === undefined ? undefined : await requestSource(data));
  const client = channel.client(service) as unknown as Record<string, (input: unknown, options: object) => Running>;
  const running = client[method.localName]!(await requests.input(), options);
  const messages: unknown[] = [];
  const take = (message: unknown): void => {
    messages.push(messageToJson(method.response as MessageType, message));
  };
  try {
    if (Symbol.asyncIterator in running) for await (const message of running) take(message);
    else take(await running);
    return { messages };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return { messages, error: { code: goName(error.code), message: error.statusMessage } };
  }
}

type Running = PromiseLike<unknown> | (PromiseLike<unknown> & AsyncIterable<unknown>);

/** Names of codes as Go has them: `NotFound`, `Canceled`. */
function goName(code: Code): string {
  if (code === Code.CANCELLED) return 'Canceled';
  return codeName(code).replaceAll(
    /_?([A-Z])([A-Z]*)/g,
    (_, first: string, rest: string) => first + rest.toLowerCase(),
  );
}

/** What a page shows: JSON, then perhaps `ERROR:` with code and message. */
function shownIn(output: string): Outcome {
  const [printed = '', failure] = output.split(/^ERROR:\n/m);
  const messages = jsonOf(printed);
  if (messages === undefined) throw new Error(`Cannot compare what is no JSON:\n${printed}`);
  if (failure === undefined) return { messages };
  const [, code = '', message = ''] = /^ +Code: (\w+)\n +Message: ([\s\S]*?)\s*$/.exec(failure) ?? [];
  return { messages, error: { code, message } };
}
