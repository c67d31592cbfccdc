import { Code, codeName, connect, createServer, silentLogger } from 'flowrpc';
import { type Dialogue, type DialoguesOptions, dialogues, reflection } from 'flowrpc/services';
import { expect, test, vi } from 'vitest';
import { Frame } from '../../src/wire/gen/flowrpc/v1/dialogue.ts';
import { encodeValue } from '../../src/wire/value.ts';
import { runProgram } from '../program.ts';
import { aborted, gate } from '../suites/gate.ts';
import { type BareDialogue, type BareFrame, bareDialogue } from './dialogue-grpc-js.ts';
import { codeOf } from './dialogue-pair.ts';

interface Bare extends AsyncDisposable {
  readonly address: string;
  readonly there: Promise<Dialogue>;
  readonly peer: BareDialogue;
}

/** A server of ours, and bare grpc-js with one dialogue to it. */
async function bare(
  options: DialoguesOptions = {},
  answer?: (frame: BareFrame) => BareFrame | undefined,
): Promise<Bare> {
  const opened = gate<Dialogue>();
  const module = dialogues({ ...options, onOpen: (dialogue) => opened.open(dialogue) });
  const server = createServer({ logger: silentLogger }).add(module).add(reflection());
  const { address } = await server.listen('127.0.0.1:0');
  const peer = bareDialogue(address, answer);
  return {
    address,
    there: opened.promise,
    peer,
    [Symbol.asyncDispose]: async () => {
      peer.close();
      await server.close({ graceMs: 0 });
    },
  };
}

const handlers = { echo: (payload: unknown) => payload };
const text = (stringValue: string) => ({ stringValue });

test('bare grpc-js asks, and is answered with values and errors by id (#134)', async () => {
  await using at = await bare({ handlers });

  at.peer.send(
    { request: { id: 7, name: 'echo', payload: { listValue: { values: [text('a'), { numberValue: 2 }] } } } },
    { request: { id: 8, name: 'nobody' } },
    { request: { id: 9, name: 'echo' } },
  );
  at.peer.end();

  expect(await at.peer.over).toMatchObject({ code: Code.OK });
  const [list, error, empty] = at.peer.heard.toSorted((a, b) => idOf(a) - idOf(b));
  expect(list).toMatchObject({
    response: { id: 7, payload: { listValue: { values: [{ stringValue: 'a' }, { numberValue: 2 }] } } },
  });
  expect(error).toMatchObject({
    error: { id: 8, status: { code: Code.UNIMPLEMENTED, message: 'Nothing answers "nobody" here' } },
  });
  expect(empty).toMatchObject({ response: { id: 9, payload: { nullValue: 0 } } });
});

test('bare grpc-js is asked, behind whatever it connected through, and answers or fails (#134)', async () => {
  await using at = await bare({}, ({ request }): BareFrame | undefined => {
    if (request === undefined) return undefined;
    const { id, name, payload } = request;
    if (name === 'fail') return { error: { id, status: { code: Code.ABORTED, message: 'not now' } } };
    return { response: { id, payload } };
  });
  const dialogue = await at.there;

  expect(await dialogue.request('echo', { deep: ['ü'] })).toEqual({ deep: ['ü'] });
  await expect(dialogue.request('fail')).rejects.toMatchObject({
    code: Code.ABORTED,
    statusMessage: 'not now',
    origin: 'peer',
  });
});

test('a request of bare grpc-js is timed and cancelled by its frames', async () => {
  const reasons: unknown[] = [];
  await using at = await bare({
    handlers: { hang: async (_, { signal }) => void reasons.push(await aborted(signal)) },
  });

  at.peer.send({ request: { id: 1, name: 'hang', timeoutMs: 30 } });
  await vi.waitFor(() =>
    expect(at.peer.heard).toMatchObject([{ error: { id: 1, status: { code: Code.DEADLINE_EXCEEDED } } }]),
  );
  at.peer.send({ request: { id: 2, name: 'hang' } }, { cancel: { id: 2 } }, { cancel: { id: 99 } });

  await vi.waitFor(() => expect(reasons).toMatchObject([{ kind: 'deadline' }, { kind: 'client-gone' }]));
  expect(at.peer.heard.length).toBe(1);
});

test('an id that is in use ends the dialogue with INVALID_ARGUMENT', async () => {
  await using at = await bare({ handlers: { hang: () => new Promise(() => {}) } });

  at.peer.send({ request: { id: 5, name: 'hang' } }, { request: { id: 5, name: 'hang' } });

  expect(await at.peer.over).toMatchObject({ code: Code.INVALID_ARGUMENT });
  expect(await (await at.there).closed).toMatchObject({ code: Code.INVALID_ARGUMENT });
});

test.each<[string, Record<string, unknown>, string]>([
  ['a reserved metadata key', { metadata: { 'grpc-status': '0' } }, 'INVALID_ARGUMENT'],
  ['metadata that is not ASCII', { metadata: { 'x-name': 'ü' } }, 'INVALID_ARGUMENT'],
  [
    'too much metadata',
    { metadata: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`x-${n}`, 'v'])) },
    'RESOURCE_EXHAUSTED',
  ],
])('%s fails its request, and no other', async (_what, request, code) => {
  await using at = await bare({ handlers });

  at.peer.send(
    { request: { id: 1, name: 'echo', ...request } },
    { request: { id: 2, name: 'echo', payload: text('ok') } },
  );

  await vi.waitFor(() => expect(at.peer.heard.length).toBe(2));
  expect(at.peer.heard[0]).toMatchObject({ error: { id: 1 } });
  expect(codeName((at.peer.heard[0]!.error!.status as { code: number }).code as Code)).toBe(code);
  expect(at.peer.heard[1]).toMatchObject({ response: { id: 2, payload: { stringValue: 'ok' } } });
});

test('a heartbeat is acknowledged with its number, an answer that nobody waits for and an empty frame are skipped', async () => {
  await using at = await bare({ handlers });

  at.peer.send(
    {},
    { response: { id: 77 } },
    { error: { id: 78 } },
    { heartbeat: { n: 41 } },
    { heartbeat: { n: 1, ack: true } },
  );
  at.peer.send({ request: { id: 1, name: 'echo', payload: text('ok') } });

  await vi.waitFor(() =>
    expect(at.peer.heard).toMatchObject([{ heartbeat: { n: 41, ack: true } }, { response: { id: 1 } }]),
  );
});

test('a payload that is no value fails its request, and no other', async () => {
  await using at = await bare({ handlers });
  await using channel = connect(at.address);
  const echo = (id: number, payload: Uint8Array) => {
    const request = Buffer.concat([
      Buffer.from([0x08, id, 0x12, 4]),
      Buffer.from('echo'),
      Buffer.from([0x1a, payload.length]),
      payload,
    ]);
    return Buffer.concat([Buffer.from([0x0a, request.length]), request]);
  };
  const truncated = Buffer.from([0x1a, 5]);

  const answers = [];
  for await (const bytes of channel.stream('/flowrpc.v1.Dialogue/Open', [echo(1, truncated), echo(2, encodeValue(5))]))
    answers.push(Frame.decode(bytes).kind);

  expect(answers).toMatchObject([
    { case: 'error', value: { id: 1, status: { code: Code.INTERNAL } } },
    { case: 'response', value: { id: 2, payload: { kind: { case: 'numberValue', value: 5 } } } },
  ]);
});

test('bytes that are no frame end the dialogue with INTERNAL', async () => {
  await using at = await bare({ handlers });
  await using channel = connect(at.address);
  const wrong = channel.stream('/flowrpc.v1.Dialogue/Open', [new Uint8Array([0x0a, 0xff])]);

  expect(await codeOf(wrong.next())).toBe(Code.INTERNAL);
});

test('a peer that asks without end and reads nothing is held back, not buffered for', async () => {
  await using at = await bare({ handlers: { big: () => 'x'.repeat(100_000) }, maxPending: 8, heartbeatMs: 60_000 });
  const dialogue = await at.there;
  at.peer.pause();

  for (let id = 1; id <= 5_000; id++) at.peer.send({ request: { id, name: 'big' } }, { heartbeat: { n: id } });

  await vi.waitFor(() => expect(dialogue.stats.waiting).toBeGreaterThan(8));
  const before = dialogue.stats.waiting;
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(dialogue.stats.waiting).toBeLessThanOrEqual(Math.max(before, 32));
});

test('grpcurl-like JSON by reflection speaks a dialogue', async () => {
  await using at = await bare({ handlers });
  const frames = [
    { request: { id: 1, name: 'echo', payload: { symbol: 'ACME', cents: [1, 2.5, null] } } },
    { heartbeat: { n: 3 } },
  ];

  const { code, stdout } = await runProgram('src/cli/main.ts', [
    'call',
    at.address,
    'flowrpc.v1.Dialogue/Open',
    '-d',
    frames.map((frame) => JSON.stringify(frame)).join('\n'),
    '--json',
  ]);

  expect(code).toBe(0);
  expect(stdout).toContain('"heartbeat"');
  expect(stdout.replaceAll(/\s/g, '')).toContain('"payload":{"symbol":"ACME","cents":[1,2.5,null]}');
});

function idOf(frame: BareFrame): number {
  return Number(Object.values(frame)[0]?.id);
}
