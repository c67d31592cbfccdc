import { setTimeout as sleep } from 'node:timers/promises';
import { Code, type HandlerContext, StatusError } from 'flowrpc';
import {
  type Any,
  anyOf,
  headersOf,
  metadataOf,
  type Payload,
  type Received,
  type RequestInfo,
  type RpcError,
  type StreamDefinition,
  type UnaryDefinition,
} from './messages.ts';

type Unary = Received<{ responseDefinition?: UnaryDefinition }>;
type Streamed = Received<{ responseDefinition?: StreamDefinition; fullDuplex?: boolean }>;
type Definition = UnaryDefinition | StreamDefinition;
type Response = { payload: Payload };

/** The conformance service: does as its requests say, and tells what it saw. `unimplemented` is left out, as asked. */
export const handlers = {
  unary: (request: Unary, context: HandlerContext) => single([request], context),
  idempotentUnary: (request: Unary, context: HandlerContext) => single([request], context),
  async clientStream(requests: AsyncIterable<Unary>, context: HandlerContext): Promise<Response> {
    const all: Unary[] = [];
    for await (const request of requests) all.push(request);
    return await single(all, context);
  },
  serverStream: (request: Streamed, context: HandlerContext) =>
    responses(request.message.responseDefinition, [request.any], context),
  async *bidiStream(requests: AsyncIterable<Streamed>, context: HandlerContext): AsyncGenerator<Response> {
    const unanswered: Any[] = [];
    let first: Streamed | undefined;
    let sent = 0;
    for await (const request of requests) {
      unanswered.push(request.any);
      if (first === undefined) announce((first = request).message.responseDefinition, context);
      const { fullDuplex, responseDefinition } = first.message;
      if (!fullDuplex) continue;
      const data = responseDefinition?.responseData[sent];
      if (data === undefined) break;
      await sleep(responseDefinition!.responseDelayMs);
      const echoed = unanswered.splice(0);
      yield { payload: { data, requestInfo: sent++ === 0 ? seen(context, echoed) : { requests: echoed } } };
    }
    yield* rest(first?.message.responseDefinition, unanswered, context, sent);
  },
};

async function single(requests: readonly Unary[], context: HandlerContext): Promise<Response> {
  const definition = requests[0]?.message.responseDefinition;
  const info = seen(
    context,
    requests.map(({ any }) => any),
  );
  if (definition === undefined) return { payload: { requestInfo: info } };
  give(definition, context);
  await sleep(definition.responseDelayMs);
  const { response } = definition;
  if (response?.case === 'error') throw failure(response.value, info);
  return { payload: { requestInfo: info, ...(response !== undefined && { data: response.value }) } };
}

async function* responses(
  definition: StreamDefinition | undefined,
  requests: readonly Any[],
  context: HandlerContext,
): AsyncGenerator<Response> {
  announce(definition, context);
  yield* rest(definition, requests, context, 0);
}

/** What is still to be sent once no more requests are answered one by one. */
async function* rest(
  definition: StreamDefinition | undefined,
  requests: readonly Any[],
  context: HandlerContext,
  from: number,
): AsyncGenerator<Response> {
  if (definition === undefined) return;
  let sent = from;
  for (const data of definition.responseData.slice(from)) {
    await sleep(definition.responseDelayMs);
    yield { payload: { data, ...(sent++ === 0 && { requestInfo: seen(context, requests) }) } };
  }
  if (definition.error !== undefined) throw failure(definition.error, sent === 0 ? seen(context, requests) : undefined);
}

/** The header goes out at once, so that a client may read it before the first message. */
function announce(definition: StreamDefinition | undefined, context: HandlerContext): void {
  if (definition === undefined) return;
  give(definition, context);
  context.sendHeader();
}

function give({ responseHeaders, responseTrailers }: Definition, { header, trailer }: HandlerContext): void {
  for (const [key, value] of metadataOf(responseHeaders)) header.append(key, value as never);
  for (const [key, value] of metadataOf(responseTrailers)) trailer.append(key, value as never);
}

function seen(context: HandlerContext, requests: readonly Any[]): RequestInfo {
  const left = Math.max(0, Math.round(context.deadline - Date.now()));
  return {
    requestHeaders: headersOf(context.metadata),
    requests: [...requests],
    ...(context.deadline !== Number.POSITIVE_INFINITY && { timeoutMs: left }),
  };
}

function failure({ code, message = '', details }: RpcError, info: RequestInfo | undefined): Error {
  if (code === Code.OK) return new Error('The runner asked for an error with code OK');
  return new StatusError(code as never, message, { details: info === undefined ? details : [...details, anyOf(info)] });
}
