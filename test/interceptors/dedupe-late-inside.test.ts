import { Code, type Interceptor, StatusError, statusFrom } from 'flowrpc';
import { describe, expect, test } from 'vitest';
import { gate } from '../suites/gate.ts';
import type { Probe } from '../suites/probe-service.ts';
import { answered, patient, paying, serving, stopper } from './late-answers.ts';

describe('dedupe(), and interceptors between it and a handler that answers too late:', () => {
  test('they change that answer like any other', async () => {
    const { state, pay } = paying();
    const shouting: Interceptor = async (call, next) => {
      const louder = call.mapResponses(async (message) => ({ ...(message as Probe), text: 'LOUD' }));
      const status = await next(louder);
      status.trailer.append('x-inside', 'once');
      return status;
    };
    const server = await serving(
      (request, context) => {
        context.trailer.set('x-own', 'o');
        return pay(request, context);
      },
      { inside: [shouting] },
    );

    await server.giveUp('one');
    state.open();

    for (let repeat = 0; repeat < 3; repeat++) {
      const reply = await server.send('one');
      expect(reply).toMatchObject({ ...answered(1), text: 'LOUD' });
      expect([...reply.trailer]).toEqual([
        ['x-own', 'o'],
        ['x-inside', 'once'],
      ]);
    }
    expect(state.begun).toBe(1);
  });

  test.each<[string, Interceptor]>([
    [
      'a map',
      (call, next) =>
        next(
          call.mapResponses((message) => {
            if ((message as Probe).n === 1) throw new StatusError(Code.DATA_LOSS, 'not this one');
            return message;
          }),
        ),
    ],
    [
      'its end',
      async (call, next) => {
        let refused = false;
        const status = await next(
          call.withResponses({
            message(message) {
              refused = (message as Probe).n === 1;
              return refused ? undefined : call.respond(message);
            },
          }),
        );
        return refused && status.code === Code.OK ? statusFrom(Code.DATA_LOSS, 'not this one') : status;
      },
    ],
  ])('what %s refuses is no answer, and the next one runs the handler again', async (_name, refusing) => {
    const { state, pay } = paying();
    const server = await serving(pay, { inside: [refusing] });

    await server.giveUp('one');
    state.open();

    expect(await server.send('one')).toMatchObject({ code: Code.DATA_LOSS, n: undefined });
    expect(state.begun).toBe(1);
    expect(await server.send('one')).toMatchObject({ code: Code.OK, n: 2, replayed: false });
  });

  test('a call that they do not let as far as the handler leaves the answer for the next', async () => {
    const { state, pay } = paying();
    let refusals = 0;
    const full: Interceptor = async (call, next) =>
      state.begun > 0 && refusals++ < 2 ? statusFrom(Code.RESOURCE_EXHAUSTED, 'full') : next(call);
    const server = await serving(pay, { inside: [full] });

    await server.giveUp('one');
    state.open();

    const codes = [(await server.send('one')).code, (await server.send('one')).code];
    expect(codes).toEqual([Code.RESOURCE_EXHAUSTED, Code.RESOURCE_EXHAUSTED]);
    expect(await server.send('one')).toMatchObject(answered(1));
    expect(state.begun).toBe(1);
  });

  test('a repeat that is cut while they still look at the answer leaves it for the next', async () => {
    const { state, pay } = paying();
    let looks = 0;
    const looked = gate();
    const slow: Interceptor = (call, next) =>
      next(
        call.mapResponses(async (message) => {
          if (++looks === 1) await looked.promise;
          return message;
        }),
      );
    const server = await serving(pay, { inside: [slow] });

    await server.giveUp('one');
    state.open();
    const { signal, abort } = stopper();
    const cut = server.send('one', { signal });
    await expect.poll(() => looks, patient).toBe(1);
    abort();
    expect((await cut).code).toBe(Code.CANCELLED);
    const third = server.send('one');
    await server.arrivals(3);
    expect(looks).toBe(1);
    looked.open();

    expect(await third).toMatchObject(answered(1));
    expect(state.begun).toBe(1);
    expect(looks).toBeGreaterThan(1);
  });

  test('an answer given in time that they still look at when the call is cut counts, too', async () => {
    let runs = 0;
    const looked = gate();
    const slow: Interceptor = (call, next) =>
      next(
        call.mapResponses(async (message) => {
          await looked.promise;
          return message;
        }),
      );
    const server = await serving(({ text }) => ({ text, n: ++runs }), { inside: [slow] });

    await server.giveUp('one');
    looked.open();

    expect(await server.send('one')).toMatchObject(answered(1));
    expect(runs).toBe(1);
  });
});
