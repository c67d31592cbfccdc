import fc from 'fast-check';
import { Code, type ErrorCode, StatusError } from 'flowrpc';
import { mergeReplies, none } from 'flowrpc/nodes';
import { expect, test } from 'vitest';

const value = fc.oneof(
  fc.constant(null),
  fc.integer(),
  fc.string(),
  fc.array(fc.integer()),
  fc.dictionary(fc.string(), fc.integer()),
);
const absent = fc.constant(none);
const code = fc.integer({ min: 1, max: 16 }) as fc.Arbitrary<ErrorCode>;
const failure = fc
  .record({ code, message: fc.string(), origin: fc.constantFrom('local' as const, 'peer' as const) })
  .map(({ code, message, origin }) => new StatusError(code, message, { origin }));

test('mergeReplies() drops absent replies, gives one left bare, several as a list in link order #28', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(value, absent)), (replies) => {
      const present = replies.filter((reply) => reply !== none);

      const merged = mergeReplies(replies);

      if (present.length === 0) expect(merged).toBe(none);
      else if (present.length === 1) expect(merged).toBe(present[0]);
      else expect(merged).toEqual(present);
    }),
  );
});

test('mergeReplies() gives one error and no value when there is any error #29', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(value, absent, failure), { minLength: 1 }),
      failure,
      fc.nat(),
      (replies, error, at) => {
        const mixed = replies.toSpliced(at % replies.length, 0, error);
        const errors = mixed.filter((reply): reply is StatusError => reply instanceof StatusError);
        const isTransport = (one: StatusError): boolean => one.origin === 'local' || one.code === Code.UNAVAILABLE;
        const first = errors.find((one) => !isTransport(one)) ?? errors[0]!;

        const merged = mergeReplies(mixed) as StatusError;

        expect(merged).toBeInstanceOf(StatusError);
        expect(merged.code).toBe(first.code);
        expect(merged.statusMessage.startsWith(first.statusMessage)).toBe(true);
      },
    ),
  );
});

test('mergeReplies() shows the first three messages and counts the rest #29', () => {
  const errors = ['a', 'b', 'c', 'd', 'e'].map((text) => new StatusError(Code.NOT_FOUND, text, { origin: 'peer' }));

  const merged = mergeReplies(['kept out', ...errors, none]) as StatusError;

  expect(merged.code).toBe(Code.NOT_FOUND);
  expect(merged.statusMessage).toBe('a; b; c; +2 more');
});

test('mergeReplies() puts transport failures behind what nodes answered', () => {
  const lost = new StatusError(Code.DEADLINE_EXCEEDED, 'too late', { origin: 'local' });
  const down = new StatusError(Code.UNAVAILABLE, 'down', { origin: 'peer' });
  const refused = new StatusError(Code.PERMISSION_DENIED, 'no', { origin: 'peer' });

  const merged = mergeReplies([lost, down, refused]) as StatusError;

  expect(merged.code).toBe(Code.PERMISSION_DENIED);
  expect(merged.statusMessage).toBe('no; too late; down');
});

test('mergeReplies() keeps the only error as it is', () => {
  const error = new StatusError(Code.ABORTED, 'once', { trailer: { 'x-a': '1' } });

  expect(mergeReplies([1, none, error, null])).toBe(error);
});

test('mergeReplies() keeps at most 4 KiB of details', () => {
  const detail = (size: number) => ({ typeUrl: 'type.googleapis.com/x.Y', value: new Uint8Array(size) });
  const errors = [3_000, 3_000, 500].map(
    (size) => new StatusError(Code.INTERNAL, 'x', { details: [detail(size)], origin: 'peer' }),
  );

  const merged = mergeReplies(errors) as StatusError;

  expect(merged.details.map(({ value }) => value.byteLength)).toEqual([3_000, 500]);
});
