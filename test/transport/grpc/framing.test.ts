import fc from 'fast-check';
import { defaultLimits, StatusError, silentLogger, statusFrom } from 'flowrpc';
import { expect, test } from 'vitest';
import { rawMethod } from '../../../src/core/method.ts';
import { FrameReader, frameOf } from '../../../src/transport/grpc/frame-reader.ts';
import { ReceiveBudget } from '../../../src/transport/grpc/receive-budget.ts';
import { statusTrailer } from '../../../src/transport/grpc/status-trailer.ts';
import { outgoingStatus } from '../../../src/transport/outgoing-status.ts';

const route = { method: rawMethod('/a.B/C'), limits: defaultLimits, invoke: async () => statusFrom(0) };

function reading(budget = new ReceiveBudget(10_000_000)) {
  const messages: string[] = [];
  const reader = new FrameReader(route, budget, {
    take: (bytes) => void messages.push(Buffer.from(bytes).toString('latin1')),
  });
  return { messages, reader, budget };
}

const texts = fc.array(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  { maxLength: 8 },
);
const framed = (messages: string[]): Buffer =>
  Buffer.concat(messages.map((text) => frameOf(Buffer.from(text, 'latin1'))));

test('FrameReader gives the same messages however the bytes are split', () => {
  fc.assert(
    fc.property(texts, fc.array(fc.nat(400), { minLength: 1, maxLength: 20 }), (messages, sizes) => {
      const bytes = framed(messages);
      const { reader, messages: read, budget } = reading();

      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const end = Math.min(bytes.length, at + 1 + sizes[turn % sizes.length]!);
        reader.push(bytes.subarray(at, end));
        at = end;
      }

      expect(read).toEqual(messages);
      expect(reader.partial).toBe(false);
      expect(budget.used).toBe(0);
    }),
    // Two empty messages, the first of which ends where a chunk begins anew.
    {
      examples: [
        [
          ['', ''],
          [0, 4],
        ],
      ],
    },
  );
});

test('FrameReader never takes a truncated stream for a shorter whole one', () => {
  fc.assert(
    fc.property(texts, fc.nat(), (messages, cut) => {
      const bytes = framed(messages);
      const boundaries = new Set([0]);
      for (let at = 0, index = 0; index < messages.length; index++) boundaries.add((at += 5 + messages[index]!.length));
      const end = bytes.length === 0 ? 0 : cut % bytes.length;
      const { reader, budget } = reading();

      reader.push(bytes.subarray(0, end));
      const { partial } = reader;
      reader.close();

      expect(partial).toBe(!boundaries.has(end));
      expect(budget.used).toBe(0);
    }),
  );
});

test('FrameReader reads any bytes or refuses them with a status', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 10 }), (chunks) => {
      const { reader } = reading();

      try {
        for (const chunk of chunks) reader.push(Buffer.from(chunk));
      } catch (error) {
        expect(error).toBeInstanceOf(StatusError);
      }
    }),
  );
});

test('any text travels as a status message of bounded printable ASCII, and comes back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
      const message = String(
        statusTrailer(outgoingStatus(statusFrom(5, text), route, silentLogger), defaultLimits)['grpc-message'] ?? '',
      );

      expect(message).toMatch(/^[\x21-\x7e]?([\x20-\x7e]*[\x21-\x7e])?$/);
      const back = decodeURIComponent(message);
      expect(Buffer.byteLength(back)).toBeLessThanOrEqual(1_024);
      if (Buffer.byteLength(text) <= 1_024) expect(back).toBe(text.toWellFormed());
    }),
  );
});
