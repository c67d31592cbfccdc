import fc from 'fast-check';
import { Code, connect, createServer, type ErrorCode, Metadata, StatusError, silentLogger } from 'flowrpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grpcFrame, HttpPeer } from '../../hostile/raw-http2.ts';
import { clientStreamPath } from '../../hostile/target.ts';
import { echo, type Probe, ProbeService } from '../../suites/probe-service.ts';

const runs = { interruptAfterTimeLimit: 4_000, markInterruptAsFailure: false };
const limits = { maxMetadataPairs: 200, maxMetadataBytes: 64 * 1024 };

let seen: Record<string, unknown[]> = {};
let failure = new StatusError(Code.ABORTED, '');
const server = createServer({ logger: silentLogger, limits }).add(ProbeService, {
  ...echo,
  unary(request, { metadata, header, trailer }) {
    if (request.text === 'fail') throw failure;
    seen = valuesOf(metadata);
    for (const [key, value] of metadata) {
      if (!key.startsWith('y-')) continue;
      header.append(key, value);
      trailer.append(key, value);
    }
    return request;
  },
  // Does what each message says.
  async *bidi(requests, { signal }) {
    for await (const { text, n } of requests) {
      if (text === 'fail') throw new StatusError(Code.DATA_LOSS, 'told to');
      if (text === 'end') return;
      if (text === 'wait')
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      yield { text, n };
    }
  },
});
let port = 0;
beforeAll(async () => {
  ({ port } = await server.listen('127.0.0.1:0'));
});
afterAll(() => server.close({ graceMs: 100 }));

const name = fc.stringMatching(/^y-[a-z0-9_.-]{0,12}$/).filter((key) => !key.endsWith('-bin'));
const pair = fc.oneof(
  fc.tuple(name, fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e]{0,20}[\x21-\x7e])?$/)),
  fc.tuple(
    name.map((key) => `${key}-bin`),
    fc.uint8Array({ maxLength: 40 }),
  ),
);

/** Values of every key, in order. */
function valuesOf(metadata: Iterable<readonly [string, string | Uint8Array]>): Record<string, unknown[]> {
  const all: Record<string, unknown[]> = {};
  for (const [key, value] of metadata)
    if (key.startsWith('y-')) (all[key] ??= []).push(typeof value === 'string' ? value : [...value]);
  return all;
}

/** On the way back node:http2 makes one text of several, as HTTP allows. */
function joined(all: Record<string, unknown[]>): Record<string, unknown[]> {
  return Object.fromEntries(
    Object.entries(all).map(([key, values]) => [key, key.endsWith('-bin') ? values : [values.join(', ')]]),
  );
}

describe('over a socket', () => {
  test('legal metadata arrives in order per key, bytes intact, and comes back in header and trailer', async () => {
    await using channel = connect(`127.0.0.1:${port}`, { trace: false });
    const { unary } = channel.client(ProbeService);

    await fc.assert(
      fc.asyncProperty(fc.array(pair, { maxLength: 12 }), async (pairs) => {
        const call = unary({ text: '', n: 0 }, { metadata: pairs });
        const sent = valuesOf(new Metadata(pairs));

        expect(valuesOf(await call.header)).toEqual(joined(sent));
        expect(valuesOf((await call.status).trailer)).toEqual(joined(sent));
        expect(seen).toEqual(sent);
      }),
      runs,
    );
  });

  test('any code and any text of a failure arrive: the code is one of gRPC, the text is cut to its bound and well formed', async () => {
    await using channel = connect(`127.0.0.1:${port}`, { trace: false });
    const { unary } = channel.client(ProbeService);

    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 16 }),
        fc.string({ unit: 'binary', maxLength: 1_500 }),
        async (code, text) => {
          failure = new StatusError(code as ErrorCode, text);

          const status = await unary({ text: 'fail', n: 0 }).status;

          expect(status.code).toBe(code);
          expect(status.message.isWellFormed()).toBe(true);
          expect(Buffer.byteLength(status.message)).toBeLessThanOrEqual(1_024);
          if (Buffer.byteLength(text) <= 1_024) expect(status.message).toBe(text.toWellFormed());
        },
      ),
      runs,
    );
  });

  test('messages are the same however their bytes are split into frames; bytes that are cut off never end well (W-15)', async () => {
    await using peer = new HttpPeer(port);
    const messages = fc.array(fc.stringMatching(/^[a-z]{0,40}$/), { minLength: 1, maxLength: 5 });

    await fc.assert(
      fc.asyncProperty(
        messages,
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
        fc.nat(),
        async (texts, sizes, cut) => {
          const frames = texts.map((text) => grpcFrame(JSON.stringify({ text, n: 1 })));
          const bytes = Buffer.concat(frames);
          const ends = new Set<number>([0]);
          for (let at = 0, index = 0; index < frames.length; index++) ends.add((at += frames[index]!.length));
          const end = cut % bytes.length;

          const whole = await peer.call(clientStreamPath, { body: split(bytes, sizes) });
          const short = await peer.call(clientStreamPath, { body: split(bytes.subarray(0, end), sizes) });

          expect(whole.code).toBe(Code.OK);
          expect(JSON.parse(whole.body.subarray(5).toString())).toEqual({ text: texts.join(), n: texts.length });
          if (!ends.has(end)) expect(short.code).toBe(Code.INTERNAL);
        },
      ),
      runs,
    );
  });

  const act = fc.constantFrom(
    'message',
    'message',
    'read',
    'half-close',
    'cancel',
    'fail',
    'end',
    'wait',
    'stop reading',
  );
  test('whatever both sides do, in whatever order, a call has one status, and its messages end with it', async () => {
    await using channel = connect(`127.0.0.1:${port}`);
    const { bidi } = channel.client(ProbeService);

    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 12 }), fc.integer({ min: 15, max: 60 }), async (acts, timeoutMs) => {
        const requests = new Sent();
        const call = bidi(requests, { timeoutMs });
        const statuses: number[] = [];
        void call.status.then(({ code }) => statuses.push(code));
        let sent = 0;
        let got = 0;
        for (const what of acts) {
          if (what === 'message') requests.push({ text: 'm', n: sent++ });
          else if (what === 'half-close') requests.end();
          else if (what === 'cancel') call.cancel();
          else if (what === 'stop reading') await call.return?.();
          else if (what === 'read') {
            const next = call.next().then(
              ({ done }) => (done ? 0 : 1),
              () => 0,
            );
            if (got < sent) got += await next;
          } else requests.push({ text: what, n: 0 });
        }
        // An answer that came in time waits for its reader, and the status with it.
        while ((await call.next().catch(() => ({ done: true }))).done !== true);
        const { code } = await call.status;
        requests.end();
        await new Promise(setImmediate);

        expect(statuses).toEqual([code]);
        expect([Code.OK, Code.CANCELLED, Code.DEADLINE_EXCEEDED, Code.DATA_LOSS]).toContain(code);
        if (acts.every((what) => what === 'message' || what === 'read')) expect(code).toBe(Code.DEADLINE_EXCEEDED);
        expect(got).toBeLessThanOrEqual(sent);
        expect(await call.next().catch(() => ({ done: true }))).toMatchObject({ done: expect.any(Boolean) });
      }),
      runs,
    );
  });
});

function split(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    parts.push(bytes.subarray(at, at + size));
    at += size;
  }
  return parts;
}

/** Requests that a test sends when it likes. */
class Sent implements AsyncIterable<Probe> {
  readonly #waiting: Probe[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  push(request: Probe): void {
    if (!this.#ended) this.#waiting.push(request);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Probe> {
    for (;;) {
      while (this.#waiting.length > 0) yield this.#waiting.shift()!;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
