import { gzipSync } from 'node:zlib';
import { grpcFrame } from '../raw-http2.ts';
import { clientStreamPath, serverStreamPath } from '../target.ts';
import { besideRow, questionRow, request } from './ask.ts';
import type { Row } from './row.ts';

const two = [request('a'), request('a')];
const gzip = { 'grpc-encoding': 'gzip' };
const timeout = (value: string) => ({ headers: { 'grpc-timeout': value } });

/** Requests that a well-behaved peer would not send. */
export const requestRows: readonly Row[] = [
  ...['GET', 'PUT', 'DELETE'].map((method) =>
    questionRow('W-12', `${method} with a body`, { headers: { ':method': method } }, ['HTTP 405', 'INTERNAL']),
  ),
  ...['application/grpc+foo', 'application/grpcfoo', 'application/json'].map((type) =>
    questionRow('W-12', `content type \`${type}\``, { headers: { 'content-type': type } }, 'HTTP 415'),
  ),
  ...[
    ['two slashes', '//suite.Probe/Unary'],
    ['a query', '/suite.Probe/Unary?x=1'],
    ['an encoded letter', '/suite.Probe/%55nary'],
    ['20 KB of path', `/suite.Probe/${'x'.repeat(20_000)}`],
  ].map(([what, path]) =>
    questionRow('W-13', `a path with ${what}`, { path }, ['UNIMPLEMENTED', 'RESOURCE_EXHAUSTED']),
  ),
  ...[
    ['no slash', 'suite.Probe/Unary'],
    ['bytes above 0x7f', '/suite.Probe/Un\u00e4ry\u00ff'],
    ['100 KB', `/suite.Probe/${'x'.repeat(100_000)}`],
  ].map(([what, path]) =>
    questionRow('W-13', `a path with ${what}`, { path }, [
      'UNIMPLEMENTED',
      'reset with PROTOCOL_ERROR',
      'reset with COMPRESSION_ERROR',
    ]),
  ),
  questionRow('W-14', 'compression flag 2', { body: [grpcFrame('{"text":"a","n":1}', 2)] }, 'INTERNAL'),
  questionRow(
    'W-14',
    'compression flag 1, no encoding named',
    { body: [grpcFrame('{"text":"a","n":1}', 1)] },
    'INTERNAL',
  ),
  questionRow(
    'W-14',
    'an encoding that nobody knows',
    { headers: { 'grpc-encoding': 'br' }, body: [grpcFrame('{}', 1)] },
    'UNIMPLEMENTED',
  ),
  questionRow('W-14', 'broken gzip', { headers: gzip, body: [grpcFrame('no gzip', 1)] }, 'INTERNAL'),
  questionRow(
    'W-15',
    'a request stream that ends inside a message',
    { path: clientStreamPath, body: [request('a'), request('a').subarray(0, 12)] },
    'INTERNAL',
    { handlers: 1 },
  ),
  questionRow('W-16', 'no request where one belongs', { body: [] }, 'UNIMPLEMENTED'),
  questionRow('W-16', 'two requests where one belongs', { body: two }, 'UNIMPLEMENTED'),
  questionRow('W-16', 'two requests of a server stream', { path: serverStreamPath, body: two }, 'UNIMPLEMENTED'),
  questionRow('W-16', 'four bytes of a prefix', { body: [request('a').subarray(0, 4)] }, 'INTERNAL'),
  questionRow(
    'M-01',
    '130 headers',
    { headers: Object.fromEntries(Array.from({ length: 130 }, (_, n) => [`x-${n}`, 'v'])) },
    'RESOURCE_EXHAUSTED',
  ),
  questionRow('M-09', 'a `-bin` value that is no base64', { headers: { 'x-bin': '***%%%' } }, ['OK', 'INTERNAL'], {
    handlers: 1,
  }),
  questionRow('G-01', 'a prefix of 4 GiB', { body: [Buffer.from([0, 255, 255, 255, 255])] }, 'RESOURCE_EXHAUSTED'),
  questionRow(
    'G-02',
    '100 MB of zeroes in 100 KB of gzip',
    { headers: gzip, body: [grpcFrame(gzipSync(Buffer.alloc(100 * 2 ** 20)), 1)] },
    'RESOURCE_EXHAUSTED',
  ),
  questionRow('G-06', 'bytes that are no message', { body: [grpcFrame('{nonsense')] }, 'INTERNAL'),
  ...['597H', '1193H', '99999999H'].map((value) =>
    questionRow(
      'D-04',
      `\`grpc-timeout: ${value}\`, a handler of 60 ms`,
      { ...timeout(value), body: [request('slow')] },
      'OK',
      { handlers: 1 },
    ),
  ),
  ...['abc', '-5S', 'xx1Syy', '123456789S', '1S, 2S', ''].map((value) =>
    questionRow('D-05', `\`grpc-timeout: ${value}\`${value === '' ? ' (empty)' : ''}`, timeout(value), 'INTERNAL'),
  ),
];

/** What handlers do, by mistake or because of what they were given. */
export const handlerRows: readonly Row[] = [
  besideRow('M-03', 'a status message of 100 KB', 'detail-long', ['NOT_FOUND']),
  besideRow('M-03', '200 KB of trailers', 'trailers-long', ['OK', 'RESOURCE_EXHAUSTED', 'INTERNAL']),
  besideRow('M-04', 'a lone surrogate in a status message', 'surrogate', ['ABORTED']),
  besideRow('M-04', 'the same, a moment later', 'surrogate-later', ['ABORTED']),
  besideRow(
    'M-05',
    'controls and an emoji in a status message',
    'controls',
    ['ABORTED'],
    ({ message }) => message === 'a\r\nb\0c\u007f\u{1f600}',
  ),
  besideRow('G-11', 'a handler that returns undefined', 'no-message', ['INTERNAL', 'UNKNOWN']),
  besideRow('P-08', 'a handler that throws', 'throws', ['UNKNOWN', 'INTERNAL']),
  besideRow('P-08', 'a handler that throws null', 'throws-null', ['UNKNOWN', 'INTERNAL']),
  besideRow('P-08', 'a handler that rejects with undefined', 'rejects', ['UNKNOWN', 'INTERNAL']),
  besideRow('P-08', 'a handler that fails in a later turn', 'throws-late', ['UNKNOWN', 'INTERNAL']),
  questionRow(
    'P-08',
    'a throw where requests of a stream are read',
    { path: clientStreamPath, body: [request('throws')] },
    ['UNKNOWN', 'INTERNAL'],
    { handlers: 1 },
  ),
  besideRow(
    '0-10',
    'an error with a password in its text',
    'secret',
    ['UNKNOWN', 'INTERNAL'],
    ({ message }) => !message.includes('hunter2'),
  ),
];
