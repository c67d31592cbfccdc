import type { Channel } from '../client/connect.ts';
import type { StreamCall } from '../client/stream-call.ts';
import type { UnaryCall } from '../client/unary-call.ts';
import { Code } from '../core/code.ts';
import type { ReadonlyMetadata } from '../core/metadata.ts';
import { type Method, type Service, streamsResponses } from '../core/method.ts';
import type { Status } from '../core/status.ts';
import { StatusError } from '../core/status-error.ts';
import { Interrupt } from '../server/interrupt.ts';
import { type MessageType, messageToJson } from '../wire/index.ts';
import { type DescriptorOptions, openDescriptors } from './descriptors.ts';
import { ExitCode } from './exit.ts';
import { reportFailure } from './failure.ts';
import { methodNamed, parseMethodPath } from './method-path.ts';
import { jsonLine, note, oneLine, prettyJson, print } from './output.ts';
import { Requests, requestSource } from './requests.ts';
import { openChannel, type TargetOptions } from './target-options.ts';

export interface CallCommandOptions extends TargetOptions, DescriptorOptions {
  data?: string;
  verbose?: boolean;
}

/** `flowrpc call HOST service/Method`: sends JSON, prints what comes back, fails when the status is not OK. */
export async function call(host: string, path: string, options: CallCommandOptions): Promise<number> {
  const names = parseMethodPath(path);
  const source = options.data === undefined ? undefined : await requestSource(options.data);
  using interrupt = new Interrupt();
  await using channel = await openChannel(host, options);
  await using descriptors = await openDescriptors(channel, { ...options, signal: interrupt.signal });
  const service = await descriptors.service(names.service);
  const method = methodNamed(service, names.method);
  const requests = new Requests(method, source);
  const started = Date.now();
  const running = start(channel, service, method, await requests.input(), {
    signal: interrupt.signal,
    timeoutMs: options.timeout,
  });
  if (options.verbose) showMetadata('header', await running.header);
  const status = await printResponses(running, method, options);
  if (options.verbose) {
    showMetadata('trailer', status.trailer);
    note(`< ${status.code === Code.OK ? 'OK' : 'failed'} after ${Date.now() - started} ms`);
  }
  if (interrupt.exitCode !== undefined) return interrupt.exitCode;
  if (requests.failure !== undefined) throw requests.failure;
  if (status.code === Code.OK) return ExitCode.ok;
  await reportFailure(StatusError.of(status), { json: options.json, files: service.files });
  return ExitCode.failed;
}

type Running = UnaryCall<unknown> | StreamCall<unknown>;

function start(channel: Channel, service: Service, method: Method, input: unknown, options: object): Running {
  const client = channel.client(service) as Record<string, (input: unknown, options: object) => Running>;
  return client[method.localName]!(input, options);
}

/** One message is indented for people; the messages of a stream are lines, as they come. */
async function printResponses(running: Running, method: Method, { json = false }: CallCommandOptions): Promise<Status> {
  const type = method.response as MessageType;
  const format = json || streamsResponses(method.kind) ? jsonLine : prettyJson;
  try {
    for await (const message of responsesOf(running)) await print(format(messageToJson(type, message)));
  } catch (error) {
    // The status tells.
    if (!(error instanceof StatusError)) throw error;
  }
  return running.status;
}

async function* responsesOf(running: Running): AsyncGenerator<unknown> {
  if (Symbol.asyncIterator in running) yield* running;
  else yield await running;
}

function showMetadata(name: string, metadata: ReadonlyMetadata): void {
  note(`< ${name}${metadata.size === 0 ? ': none' : ''}`);
  for (const [key, value] of metadata) {
    note(`<   ${key}: ${typeof value === 'string' ? oneLine(value) : Buffer.from(value).toString('base64')}`);
  }
}
