import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StreamCall } from '../../client/stream-call.ts';
import { statusOf } from '../../core/status-error.ts';
import { drained } from '../../transport/drained.ts';
import type { DescriptorIndex } from '../../wire/descriptor-index.ts';
import type { Json } from '../../wire/json/json.ts';
import { failureAnswer, send } from './answer.ts';
import { statusJson } from './http-status.ts';

/** How often a quiet event stream says that it is there, so that nobody in between gives it up. */
const pulseMs = 15_000;

export interface StreamAnswer {
  readonly call: StreamCall<unknown>;
  readonly index: DescriptorIndex;
  /** A message as JSON. */
  readonly json: (message: unknown) => Json;
  /** Headers, once the call's own are there. */
  readonly headers: () => Promise<Record<string, string>>;
}

/**
 * Sends messages as they come: each a line of JSON, or a server-sent event for those who ask for that. What fails before the first
 * message is an answer like any other; later it is the last line, `{ "error": google.rpc.Status }`, or an event `error`. The status is in the trailer
 * `grpc-status`, too. Who reads slowly slows the method down.
 */
export async function streamAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { call, index, json, headers }: StreamAnswer,
): Promise<void> {
  const events = /(?:^|[\s,])text\/event-stream\b/i.test(String(request.headers.accept ?? ''));
  let pulse: NodeJS.Timeout | undefined;
  let begun: Promise<void> | undefined;
  let ended = false;
  const begin = (): Promise<void> => {
    begun ??= headers().then((carried) => {
      const type = events ? 'text/event-stream' : 'application/x-ndjson';
      response.writeHead(200, { ...carried, ...always, 'content-type': type });
      response.flushHeaders();
      if (events) pulse = setInterval(() => response.write(':\n\n'), pulseMs).unref();
    });
    return begun;
  };
  const write = (value: Json, event = ''): boolean =>
    response.write(events ? `${event}data: ${JSON.stringify(value)}\n\n` : `${JSON.stringify(value)}\n`);
  // A stream that says nothing for long is there all the same; one that ends at once may have failed.
  const early = call.header.then(
    (header) => header.size > 0 && setImmediate(() => !ended && void begin().catch(() => {})),
  );
  try {
    for await (const message of call) {
      await begin();
      if (!write(json(message))) await drained(response);
    }
    await begin();
    response.addTrailers({ 'grpc-status': '0' });
    response.end();
  } catch (thrown) {
    ended = true;
    if (begun === undefined) return await send(request, response, failureAnswer(thrown, index));
    await begun;
    const status = statusOf(thrown);
    const shown = statusJson(status, index);
    write(events ? shown : { error: shown }, 'event: error\n');
    response.addTrailers({ 'grpc-status': String(status.code), 'grpc-message': encodeURIComponent(status.message) });
    response.end();
  } finally {
    ended = true;
    await early;
    clearInterval(pulse);
  }
}

const always = { 'cache-control': 'no-store', 'x-accel-buffering': 'no', trailer: 'grpc-status, grpc-message' };
