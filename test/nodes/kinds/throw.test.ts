import fc from 'fast-check';
import { BadRequest, Code, codeName, ErrorInfo, findDetail, StatusError } from 'flowrpc';
import { ByteStream, kinds as builtIn } from 'flowrpc/nodes';
import { testNode } from 'flowrpc/testing';
import { describe, expect, test } from 'vitest';
import { mapping, runGraph, to } from '../../graph/run-graph.ts';
import { place, placements } from '../../suites/placements.ts';

const bad = mapping('bad', (payload) => {
  throw new StatusError(Code.NOT_FOUND, `no ${payload}`);
});

/** What a payload is thrown as. */
async function thrown(payload: unknown): Promise<StatusError> {
  await using node = await testNode(builtIn.get('throw')!);
  return await node.send(payload).then(
    (reply) => {
      throw new Error(`not thrown: ${String(reply)}`);
    },
    (error: StatusError) => error,
  );
}

describe.each(placements)('throw: %s edges', (placement) => {
  const specs = [
    { kind: 'pipe', name: 'p', ports: to({ out: 'throw', error: 'told' }) },
    { kind: 'try', name: 'again', ports: to({ out: 'bad', error: 'throw' }) },
    { kind: 'try', name: 'through', ports: to({ out: 'throw' }) },
    { kind: 'throw', name: 'throw' },
    { kind: 'bad', name: 'bad' },
    { kind: 'told', name: 'told' },
  ];
  const kinds = [bad, mapping('told', (error: StatusError) => [codeName(error.code), error.statusMessage])];

  test('answers with an error made of its payload (#91)', async () => {
    const { call } = await place(placement, specs, { far: ['throw'], kinds });

    expect(await call('p', 'out of luck')).toEqual(['UNKNOWN', 'out of luck']);
    expect(await call('p', { code: 'NOT_FOUND', message: 'no Ada' })).toEqual(['NOT_FOUND', 'no Ada']);
    expect(await call('p', ['outer', 'inner'])).toEqual(['UNKNOWN', 'outer: inner']);
    expect(await call('p', null)).toBe(null);
  });

  test('throws an error that it is given again, as it is (#91)', async () => {
    const { call } = await place(placement, specs, { far: ['throw'], kinds });

    await expect(call('again', 'x')).rejects.toMatchObject({ code: Code.NOT_FOUND, statusMessage: 'no x' });
  });

  test('keeps details of the standard types on the way to the caller', async () => {
    const { call } = await place(placement, specs, { far: ['throw'], kinds });
    const details = [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'NO_STOCK', domain: 'shop' },
      { '@type': 'google.rpc.BadRequest', fieldViolations: [{ field: 'age', description: 'too low' }] },
    ];
    const payload = { code: 'INVALID_ARGUMENT', message: 'no', details };

    const error = await call('through', payload).catch((thrown: StatusError) => thrown);

    expect(findDetail(error as StatusError, ErrorInfo)).toMatchObject({ reason: 'NO_STOCK', domain: 'shop' });
    expect(findDetail(error as StatusError, BadRequest)).toMatchObject({
      fieldViolations: [{ field: 'age', description: 'too low' }],
    });
  });
});

describe('throw', () => {
  test('a byte stream is nothing to throw', async () => {
    const stream = new ByteStream((async function* () {})());

    expect(await thrown({ body: stream })).toMatchObject({
      code: Code.INVALID_ARGUMENT,
      statusMessage: expect.stringContaining('a byte stream'),
    });
    stream.cancel();
  });

  test.each([
    ['text', 'boom', Code.UNKNOWN, 'boom'],
    ['an empty text', '', Code.UNKNOWN, ''],
    ['a number', 7, Code.UNKNOWN, '7'],
    ['a boolean', false, Code.UNKNOWN, 'false'],
    ['a bigint', 2n ** 60n, Code.UNKNOWN, '1152921504606846976'],
    ['bytes', new Uint8Array([1, 2]), Code.UNKNOWN, '"AQI="'],
    ['a mapping without code and message', { reason: 'x' }, Code.UNKNOWN, '{"reason":"x"}'],
    ['a mapping with more than an error has', { code: 5, who: 'x' }, Code.UNKNOWN, '{"code":5,"who":"x"}'],
    ['a code alone', { code: 'ABORTED' }, Code.ABORTED, ''],
    ['a code by number', { code: 9, message: 'later' }, Code.FAILED_PRECONDITION, 'later'],
    ['a message alone', { message: 'boom' }, Code.UNKNOWN, 'boom'],
    ['a list', ['a', { code: 'ABORTED', message: 'b' }, ['c', 'd']], Code.ABORTED, 'a: b: c: d'],
    ['a list with nulls', [null, 'a', null], Code.UNKNOWN, 'a'],
    ['a long list', Array.from({ length: 14 }, (_, n) => n), Code.UNKNOWN, '0: 1: 2: 3: 4: 5: 6: 7: 8: 9: +4 more'],
    ['a long text', 'x'.repeat(5_000), Code.UNKNOWN, `${'x'.repeat(4_096)}…`],
    [
      'a code that is none',
      { code: 'NOPE' },
      Code.INVALID_ARGUMENT,
      'Cannot throw code NOPE: wanted the name of a status code such as NOT_FOUND, or a number from 1 to 16',
    ],
    [
      'code OK',
      { code: 0 },
      Code.INVALID_ARGUMENT,
      'Cannot throw code 0: wanted the name of a status code such as NOT_FOUND, or a number from 1 to 16',
    ],
    [
      'details that are no list',
      { code: 5, details: 'x' },
      Code.INVALID_ARGUMENT,
      'Cannot throw details x: wanted a list',
    ],
  ])('takes %s', async (_, payload, code, statusMessage) => {
    expect(await thrown(payload)).toMatchObject({ code, statusMessage });
  });

  test.each([[null], [[]], [[null, [null]]]])('takes %j for no error, and gives it back', async (payload) => {
    await using node = await testNode(builtIn.get('throw')!);

    expect(await node.send(payload)).toEqual(payload);
  });

  test.each([
    [
      { '@type': 'google.rpc.Nope' },
      'Cannot read an object as an error detail: wanted an object whose "@type" is one of google.rpc.BadRequest',
    ],
    ['x', 'Cannot read "x" as an error detail'],
    [{ '@type': 'google.rpc.ErrorInfo', raeson: 'X' }, 'Cannot read JSON as google.rpc.ErrorInfo'],
  ])('refuses the detail %j', async (detail, message) => {
    const error = await thrown({ code: 'ABORTED', details: [detail] });

    expect(error.code).toBe(Code.INVALID_ARGUMENT);
    expect(error.statusMessage).toContain(message);
  });

  test('never fails in another way, whatever it is given', async () => {
    const graph = await runGraph([{ kind: 'throw', name: 't' }]);
    const part = fc.oneof(fc.constantFrom('code', 'message', 'details', '@type'), fc.string());
    const value = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(part, fc.oneof(fc.jsonValue(), fc.integer({ min: -1, max: 18 }))),
    );

    await fc.assert(
      fc.asyncProperty(value, async (payload) => {
        const reply = await graph.call('t', payload).catch((error: unknown) => error);
        const empty = (one: unknown): boolean => one === null || (Array.isArray(one) && one.every(empty));
        expect(reply instanceof StatusError).toBe(!empty(payload));
      }),
      { numRuns: 500 },
    );
  });
});
