import type { IncomingMessage } from 'node:http';
import { streamsRequests } from '../../core/method.ts';
import type { Json } from '../../wire/json/json.ts';
import type { Binding } from './binding.ts';
import { bodyBytes, bodyJson, bodyLines } from './request-body.ts';
import { type RequestLine, requestMessage } from './request-message.ts';

/** What a request gives its method: one message, or those of a body in lines, as they come. */
export async function requestInput(
  request: IncomingMessage,
  binding: Binding,
  line: RequestLine,
  maxBytes: number,
): Promise<unknown> {
  if (streamsRequests(binding.method.kind)) return messages(binding, line, bodyLines(request, maxBytes));
  const body = takesBytes(binding)
    ? {
        contentType: request.headers['content-type'] ?? '',
        data: (await bodyBytes(request, maxBytes)).toString('base64'),
      }
    : await bodyJson(request, maxBytes);
  return requestMessage(binding, line, body);
}

/** Whether the body is taken as it is, of whatever type. */
function takesBytes({ method, body }: Binding): boolean {
  const type = body === 'message' ? method.request.schema : body?.list ? undefined : body?.message;
  return type?.name === 'google.api.HttpBody';
}

async function* messages(binding: Binding, line: RequestLine, lines: AsyncIterable<Json>): AsyncGenerator<unknown> {
  for await (const json of lines) yield requestMessage(binding, line, json);
}
