import type { ServerHttp2Stream } from 'node:http2';
import { codeName, loadServices } from 'flowrpc';
import { openHostile, reply } from '../hostile-server.ts';
import { grpcFrame } from '../raw-http2.ts';
import type { Caller, ClientRow } from './client-rows.ts';
import type { Cooked } from './kitchen.ts';
import type { Outcome } from './row.ts';

const ok = { 'grpc-status': '0' };
const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

/** A server that answers with some bytes, and what it was sent. */
async function kitchen(answer: Uint8Array) {
  const requests: Buffer[] = [];
  const hostile = await openHostile((stream: ServerHttp2Stream) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      requests.push(Buffer.concat(chunks).subarray(5));
      reply(stream, { body: [grpcFrame(answer)], trailer: ok });
    });
  });
  return { requests, port: hostile.port, [Symbol.asyncDispose]: () => hostile[Symbol.asyncDispose]() };
}

function told(caller: Caller, cooked: Cooked | undefined): string {
  if (!caller.alive) return `**the process dies** (${caller.lastWords})`;
  if (cooked === undefined) return 'hangs';
  return typeof cooked.code === 'string' ? cooked.code : codeName(cooked.code);
}

/** A row in which a client reads bytes that are no message, or an odd one. */
function readRow(
  mark: string,
  input: string,
  answer: Uint8Array,
  wanted: readonly string[],
  read?: { readonly as: string; readonly holds: (json: string) => string | undefined },
): ClientRow<Caller> {
  return {
    mark,
    input,
    wanted: [...wanted, ...(read === undefined ? [] : [`OK, ${read.as}`])].join(' or '),
    attack: async (caller): Promise<Outcome> => {
      await using server = await kitchen(answer);
      const cooked = await caller.cook({ port: server.port, message: {} });
      const said = told(caller, cooked);
      if (said !== 'OK' || read === undefined) return { said, good: wanted.includes(said) };
      const other = read.holds(cooked?.json ?? '');
      return { said: `OK, ${other ?? read.as}`, good: other === undefined };
    },
  };
}

/** A message in a message in a message. */
function nested(depth: number): Buffer {
  let inside: Buffer = Buffer.alloc(0);
  for (let level = 0; level < depth; level++) {
    const length: number[] = [];
    let rest = inside.length;
    for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
    inside = Buffer.concat([Buffer.from([0xc2, 0x01, ...length, rest]), inside]);
  }
  return inside;
}

const entry = {
  as: 'the default message',
  holds: (json: string) => (/"prices":\{"a":\{/.test(json) ? undefined : json.slice(0, 60)),
};
const ownKey = {
  as: 'an own key',
  holds: (json: string) => (json.includes('"__proto__":2') ? undefined : 'the entry is lost'),
};
const oneMark = {
  as: 'one U+FFFD',
  holds: (json: string) => (json.includes('"aString":"a\ufffdb"') ? undefined : 'another text'),
};

const { 'shop.Kitchen': described } = await loadServices('shop/kitchen_sink.proto', {
  includeDirs: ['test/wire/protos'],
});
const { decode } = described!.methods.cook!.request;

/** A row in which a client is given what does not fit into a field. */
function sendRow(what: string, field: string, value: unknown): ClientRow<Caller> {
  const wanted = 'INVALID_ARGUMENT with the name of the field';
  return {
    mark: 'G-08',
    input: `${what}, sent`,
    wanted,
    attack: async (caller) => {
      await using server = await kitchen(Buffer.alloc(0));
      const cooked = await caller.cook({ port: server.port, message: { [field]: value } });
      const said = told(caller, cooked);
      const [sent] = server.requests;
      if (sent !== undefined) {
        const arrived = (decode(sent) as Record<string, unknown>)[field];
        return {
          said: `${said}, and ${typeof arrived === 'bigint' ? arrived : JSON.stringify(arrived)} arrives`,
          good: false,
        };
      }
      const named = cooked?.message.includes(`"${field}"`) === true;
      return { said: named ? `${said} with the name of the field` : said, good: named && said === 'INVALID_ARGUMENT' };
    },
  };
}

const surrogate: ClientRow<Caller> = {
  mark: 'G-09',
  input: 'a lone surrogate in a text, sent',
  wanted: 'one U+FFFD arrives, or INVALID_ARGUMENT',
  attack: async (caller) => {
    await using server = await kitchen(Buffer.alloc(0));
    const cooked = await caller.cook({ port: server.port, message: { aString: 'a\ud800b' } });
    const [sent] = server.requests;
    if (sent === undefined) return { said: told(caller, cooked), good: told(caller, cooked) === 'INVALID_ARGUMENT' };
    const { length } = new TextDecoder().decode(sent).match(/\ufffd/g) ?? [];
    return {
      said: `${length === 1 ? 'one U+FFFD arrives' : `bytes that are no UTF-8 arrive, ${length} U+FFFD`}`,
      good: length === 1,
    };
  },
};

const handedOn: ClientRow<Caller> = {
  mark: 'G-10',
  input: 'a message with fields that nobody here knows, handed on as it came',
  wanted: 'the same bytes',
  attack: async (caller) => {
    // A text and a nested message with a number more; then a number, a text and a nested message of a later version.
    const later = bytes('c83e05 d23e03616263 da3e020801');
    const answer = Buffer.concat([bytes('720161 8a0105 0a0165 1807'), later]);
    await using server = await kitchen(answer);
    await caller.cook({ port: server.port, message: {} });
    const cooked = await caller.cook({ port: server.port });
    const sent = server.requests[1];
    if (sent === undefined) return { said: told(caller, cooked), good: false };
    const same = sent.equals(answer);
    const other = sent.includes(later) ? 'other bytes' : 'those fields are gone';
    return { said: same ? 'the same bytes' : other, good: same };
  },
};

/** Messages of protobuf, read and written by a client. */
export const codecRows: readonly ClientRow<Caller>[] = [
  ...[101, 5_000].map((depth) =>
    readRow('G-04', `a reply nested ${depth.toLocaleString('en')} deep`, nested(depth), [
      'INTERNAL',
      'INVALID_ARGUMENT',
    ]),
  ),
  readRow('G-05', 'a map entry without a value', bytes('f201 03 0a0161'), [], entry),
  ...[
    ['a field with number 0', '0000'],
    ['a number of eleven bytes', '18 80808080808080808080 01'],
    ['a number that ends in the middle', '18 80'],
    ['the end of a group that did not start', '0c'],
  ].map(([what, hex]) => readRow('G-06', `a reply with ${what}`, bytes(hex as string), ['INTERNAL'])),
  readRow(
    'G-07',
    'a map with the key `__proto__`',
    bytes('9202 14 0a09 5f5f70726f746f5f5f 11 0000000000000040'),
    [],
    ownKey,
  ),
  sendRow('an enum name that is none', 'unit', 'GRAMM'),
  sendRow('`"12x"` for an int64', 'anInt64', '12x'),
  sendRow('`"99999999999999999999"` for an int64', 'anInt64', '99999999999999999999'),
  sendRow('1.5 for an int64', 'anInt64', 1.5),
  sendRow('`{}` for a string', 'aString', {}),
  surrogate,
  readRow('G-09', 'a text with a byte that is no UTF-8', bytes('72 03 61ff62'), [], oneMark),
  handedOn,
];
