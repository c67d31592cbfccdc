import { Code, type CodeName, type ErrorCode, StatusError } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { everyKind, kinds, run, shout, start } from './kinds.ts';
import { setup, type TestTransport } from './transports.ts';

const errorCodes = Object.entries(Code).filter(([, code]) => code !== Code.OK) as [CodeName, ErrorCode][];

/** How calls end: every code, any text, details to the byte (#120). */
export function statuses(transport: TestTransport): void {
  const failing = (error: () => unknown) =>
    everyKind(() => {
      throw error();
    });

  describe.each(kinds)('%s', (kind) => {
    test('every error code arrives with its message and details', async () => {
      const details = [
        { typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: Uint8Array.from({ length: 256 }, (_, n) => n) },
        { typeUrl: 'example.com/Empty', value: new Uint8Array() },
      ];
      let code: ErrorCode = Code.UNKNOWN;
      await using probe = await setup(transport, {
        handlers: failing(() => new StatusError(code, `code ${code}`, { details })),
      });

      for (const [, wanted] of errorCodes) {
        code = wanted;
        const { status } = await run(probe.client, kind);
        expect(status).toMatchObject({ code: wanted, message: `code ${wanted}`, origin: 'peer' });
        expect(status.details.map(({ typeUrl, value }) => [typeUrl, [...value]])).toEqual(
          details.map(({ typeUrl, value }) => [typeUrl, [...value]]),
        );
      }
    });

    test('OK carries no message and comes from the peer', async () => {
      await using probe = await setup(transport, { handlers: everyKind(shout) });

      const { status } = await run(probe.client, kind);

      expect(status).toMatchObject({ code: Code.OK, message: '', details: [], origin: 'peer' });
    });

    test('a failed call rejects with a StatusError that names path, code and message', async () => {
      await using probe = await setup(transport, { handlers: failing(() => new StatusError(Code.DATA_LOSS, 'gone')) });

      const call = start(probe.client, kind);
      const error = await ('then' in call ? call : call.next()).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );

      expect(error).toBeInstanceOf(StatusError);
      expect(error).toMatchObject({
        code: Code.DATA_LOSS,
        statusMessage: 'gone',
        message: 'DATA_LOSS: gone',
        path: expect.stringMatching(/^\/suite\.Probe\//),
      });
    });
  });

  test.each([
    ['quotes and controls', 'a\r\nb\0c\x7f%41"'],
    ['other scripts', 'Grüße, 世界 🎉'],
    ['spaces at its ends', '  x  '],
    ['nothing', ''],
  ])('a message of %s arrives as it was', async (_name, message) => {
    await using probe = await setup(transport, { handlers: failing(() => new StatusError(Code.INTERNAL, message)) });

    const { status } = await run(probe.client, 'unary');

    expect(status).toMatchObject({ code: Code.INTERNAL, message });
  });

  test('a message that is no legal text arrives well-formed', async () => {
    await using probe = await setup(transport, { handlers: failing(() => new StatusError(Code.INTERNAL, 'a\ud800b')) });

    const { status } = await run(probe.client, 'unary');

    expect(status).toMatchObject({ code: Code.INTERNAL, message: 'a\ufffdb' });
  });

  test('a message beyond the limit is cut between characters, the code kept', async () => {
    await using probe = await setup(transport, {
      handlers: failing(() => new StatusError(Code.INTERNAL, 'ü'.repeat(100_000))),
    });

    const { status } = await run(probe.client, 'bidi');

    expect(status.code).toBe(Code.INTERNAL);
    expect(status.message).toMatch(/^ü{400,512}…$/);
  });

  test('the error of a nested call passes with its code, without its trailer', async () => {
    await using inner = await setup(transport, {
      handlers: failing(() => new StatusError(Code.NOT_FOUND, 'no row', { trailer: { 'x-inner': '1' } })),
    });
    await using outer = await setup(transport, { handlers: { unary: (request) => inner.client.unary(request) } });

    const { status } = await run(outer.client, 'unary');

    expect(status).toMatchObject({ code: Code.NOT_FOUND, message: 'no row' });
    expect(status.trailer.has('x-inner')).toBe(false);
  });

  test('a method that is unknown, or has no handler, is UNIMPLEMENTED and named', async () => {
    await using probe = await setup(transport, { handlers: {} });

    const { status } = await run(probe.client, 'clientStream');
    const missing = await probe.channel.call('/suite.Probe/Nothing', new Uint8Array()).status;
    const strange = await probe.channel.call('/no.Such/Method', new Uint8Array()).status;

    expect(status).toMatchObject({
      code: Code.UNIMPLEMENTED,
      message: expect.stringContaining('/suite.Probe/ClientStream'),
    });
    expect(missing).toMatchObject({
      code: Code.UNIMPLEMENTED,
      message: expect.stringContaining('/suite.Probe/Nothing'),
    });
    expect(strange).toMatchObject({ code: Code.UNIMPLEMENTED, message: expect.stringContaining('/no.Such/Method') });
  });
}
