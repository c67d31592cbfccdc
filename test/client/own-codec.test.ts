import { Code, type Codec, type Method, type Service, StatusError } from 'flowrpc';
import { pair } from 'flowrpc/testing';
import { expect, test } from 'vitest';

/** A type that no proto file has: a moment, as ISO text on the wire. */
const moment: Codec<Date> = {
  typeName: '',
  encode(value) {
    if (!(value instanceof Date)) throw new StatusError(Code.INVALID_ARGUMENT, 'Cannot encode it: wanted a Date');
    return new TextEncoder().encode(value.toISOString());
  },
  decode: (bytes) => new Date(new TextDecoder().decode(bytes)),
};

const next: Method<Date, Date, 'unary'> = {
  name: 'Next',
  localName: 'next',
  service: 'test.Calendar',
  path: '/test.Calendar/Next',
  kind: 'unary',
  known: true,
  idempotency: 'unknown',
  request: moment,
  response: moment,
};
const Calendar: Service<{ next: typeof next }> = { name: 'test.Calendar', methods: { next }, files: [] };
const day = 86_400_000;

test.each(['in-process', 'socket'] as const)('a codec of your own carries your type over %s #21', async (transport) => {
  await using calls = await pair(Calendar, { next: (date) => new Date(date.getTime() + day) }, { transport });

  const reply = await calls.client.next(new Date('2024-02-28T00:00:00Z'));

  expect(reply).toEqual(new Date('2024-02-29T00:00:00Z'));
});

test('what a codec of your own refuses is a status of the caller, never a silent null #21', async () => {
  await using calls = await pair(Calendar, { next: (date) => date });

  const { status } = calls.client.next('tomorrow' as unknown as Date);

  expect(await status).toMatchObject({
    code: Code.INVALID_ARGUMENT,
    message: expect.stringContaining('wanted a Date'),
  });
});
