import type { Json } from '../../wire/json/json.ts';
import { isObject } from '../../wire/json/json.ts';
import { messageToJson } from '../../wire/json/message-to-json.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import type { Binding } from './binding.ts';

/** A response as JSON: all of it, or the field that the rule names. */
export function responseJson(
  { method, index, responseBody: field }: Binding,
  message: unknown,
  defaults: boolean,
): Json {
  const json = messageToJson(method.response, message, { index, defaults });
  if (field === undefined || !isObject(json)) return json;
  if (json[field.jsonName] !== undefined) return json[field.jsonName]!;
  // It is answered also when it has its default.
  const whole = messageToJson(method.response, message, { index, defaults: true }) as { [key: string]: Json };
  return whole[field.jsonName] ?? null;
}

/** A response as an answer: JSON, or what `google.api.HttpBody` says. */
export function responseAnswer(binding: Binding, message: unknown, defaults: boolean): Answer {
  const { method, responseBody: field } = binding;
  const json = responseJson(binding, message, defaults);
  const type = field === undefined ? method.response.schema : field.list ? undefined : field.message;
  if (type?.name === 'google.api.HttpBody' && isObject(json)) {
    const { contentType = '', data = '' } = json as { contentType?: string; data?: string };
    const given = /^[\w!#$&^.+-]+\/[\x20-\x7e]+$/.test(contentType) ? contentType : 'application/octet-stream';
    return {
      status: 200,
      headers: { 'content-type': given, 'x-content-type-options': 'nosniff' },
      body: Buffer.from(data, 'base64'),
    };
  }
  return jsonAnswer(200, json);
}
