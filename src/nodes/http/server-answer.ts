import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { ByteStream } from '../byte-stream.ts';
import { none, type Reply } from '../reply.ts';
import { encodeBody, formatJson } from './encode-body.ts';
import { canonicalHeader, type Header } from './header.ts';
import { withoutHopHeaders } from './hop-headers.ts';
import { type HttpPayloadInit, isHttpPayload } from './http-payload.ts';
import { isUnchanged, recallRaw } from './raw-body.ts';

/** What is written back. */
export interface Answer {
  readonly status: number;
  /** By canonical names, without those that the connection itself decides. */
  readonly header: Record<string, string[]>;
  readonly body: Uint8Array | string | ByteStream | undefined;
}

/** What a client takes, as its Accept says. */
export type ChooseType = (types: readonly string[]) => string | undefined;

/**
 * A reply as an answer: none is 200 without a body, a response is as it says, anything else a body with 200. A promise only where a body has to be
 * compared with what it came as. INTERNAL for a reply that cannot be written.
 */
export function answerOf(reply: Reply, choose: ChooseType): Answer | Promise<Answer> {
  if (reply === none) return { status: 200, header: {}, body: undefined };
  if (!isHttpPayload(reply)) return { status: 200, ...valueBody(reply, {}, choose) };
  const { status = 200, header: given, body } = reply;
  if (status < 200 || status > 599)
    throw new StatusError(Code.INTERNAL, `Cannot answer with status ${status}: wanted 200 to 599`);
  const header = given === undefined ? {} : answerHeader(reply, given);
  const raw = typeof body === 'string' || typeof body === 'object' ? recallRaw(reply, body) : undefined;
  if (raw === undefined) return { status, ...changedBody(body, header, choose) };
  return isUnchanged(body, given, raw).then((same) =>
    same ? { status, header, body: raw.bytes } : { status, ...changedBody(body, header, choose) },
  );
}

/** A request that comes back as it was is answered with its body: what else its client said is not said back. */
function answerHeader({ status, method }: HttpPayloadInit, given: Header): Record<string, string[]> {
  const all = canonicalHeader(given);
  const header = withoutHopHeaders(all);
  if (status === 426 && all.Upgrade !== undefined) {
    // What has to be spoken is the point of this answer (RFC 9110, 15.5.22).
    header.Upgrade = all.Upgrade;
    header.Connection = ['Upgrade'];
  }
  if (status !== undefined || method === undefined) return header;
  const kept: Record<string, string[]> = {};
  for (const name of ['Content-Type', 'Content-Encoding']) if (header[name] !== undefined) kept[name] = header[name];
  return kept;
}

function changedBody(
  body: unknown,
  header: Record<string, string[]>,
  choose: ChooseType,
): Pick<Answer, 'header' | 'body'> {
  if (body instanceof ByteStream) return { header, body };
  // It said what the bytes were like before; the value is encoded anew.
  delete header['Content-Encoding'];
  return valueBody(body, header, choose);
}

function valueBody(
  body: unknown,
  header: Record<string, string[]>,
  choose: ChooseType,
): Pick<Answer, 'header' | 'body'> {
  if (body instanceof ByteStream) return { header: { 'Content-Type': ['application/octet-stream'], ...header }, body };
  if (header['Content-Type'] === undefined && body !== null && body !== undefined) {
    if (typeof body === 'string') {
      const json = choose(['text/plain', 'application/json']) === 'application/json';
      const type = json ? 'application/json' : 'text/plain; charset=utf-8';
      return { header: withType(header, type), body: json ? formatJson(body) : body };
    }
    if (typeof body !== 'object') return { header: withType(header, 'application/json'), body: formatJson(body) };
  }
  // A bare null is JSON; as the body of a response it is none.
  const { bytes, contentType } = encodeBody(body, header as Header);
  if (contentType === undefined) return { header, body: undefined };
  return { header: withType(header, contentType), body: bytes };
}

function withType(header: Record<string, string[]>, type: string): Record<string, string[]> {
  header['Content-Type'] = [type];
  return header;
}
