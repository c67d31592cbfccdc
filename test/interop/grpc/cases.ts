import assert from 'node:assert/strict';
import { type Channel, type Client, Code, codeName, type Status, type UnaryCall } from 'flowrpc';
import {
  echoedHeader,
  echoedTrailer,
  type OutputRequest,
  type SimpleRequest,
  type TestMethods,
  TestService,
  UnimplementedService,
} from './service.ts';
import { Turns } from './turns.ts';

/** What the cases of gRPC's interoperability description ask of a client; each rejects with what was wrong. */
export type Case = (client: Client<TestMethods>, channel: Channel) => Promise<void>;

export const largeRequest: SimpleRequest = { responseSize: 314_159, payload: { body: new Uint8Array(271_828) } };
const inputSizes = [27_182, 8, 1_828, 45_904];
const outputSizes = [31_415, 9, 2_653, 58_979];

export const cases: Readonly<Record<string, Case>> = {
  async empty_unary(client) {
    assert.deepEqual(await client.emptyCall({}), {});
  },

  async large_unary(client) {
    const { payload } = await client.unaryCall(largeRequest);
    assert.equal(payload?.body.length, 314_159);
  },

  async client_streaming(client) {
    const requests = inputSizes.map((size) => ({ payload: { body: new Uint8Array(size) } }));
    const { aggregatedPayloadSize } = await client.streamingInputCall(requests);
    assert.equal(aggregatedPayloadSize, 74_922);
  },

  async server_streaming(client) {
    const sizes: (number | undefined)[] = [];
    const request = { responseParameters: outputSizes.map((size) => ({ size })) };
    for await (const { payload } of client.streamingOutputCall(request)) sizes.push(payload?.body.length);
    assert.deepEqual(sizes, outputSizes);
  },

  async ping_pong(client) {
    const requests = new Turns<OutputRequest>();
    const call = client.fullDuplexCall(requests);
    for (const [index, size] of outputSizes.entries()) {
      requests.send({ responseParameters: [{ size }], payload: { body: new Uint8Array(inputSizes[index]!) } });
      const { value } = await call.next();
      assert.equal(value?.payload?.body.length, size);
    }
    requests.end();
    assert.equal((await call.next()).done, true);
    assert.equal((await call.status).code, Code.OK);
  },

  async empty_stream(client) {
    const call = client.fullDuplexCall([]);
    assert.equal((await call.next()).done, true);
    assert.equal((await call.status).code, Code.OK);
  },

  async timeout_on_sleeping_server(client) {
    const requests = new Turns<OutputRequest>();
    requests.send({ responseParameters: [{ size: 31_415 }], payload: { body: new Uint8Array(27_182) } });
    const call = client.fullDuplexCall(requests, { timeoutMs: 1 });
    await endsWith(call, Code.DEADLINE_EXCEEDED);
  },

  async cancel_after_begin(client) {
    const call = client.streamingInputCall(new Turns<never>());
    call.cancel();
    assert.equal((await call.status).code, Code.CANCELLED);
  },

  async cancel_after_first_response(client) {
    const requests = new Turns<OutputRequest>();
    requests.send({ responseParameters: [{ size: 31_415 }], payload: { body: new Uint8Array(27_182) } });
    const call = client.fullDuplexCall(requests);
    assert.equal((await call.next()).value?.payload?.body.length, 31_415);
    call.cancel();
    await endsWith(call, Code.CANCELLED);
  },

  async status_code_and_message(client) {
    await failsAs(client, 'test status message');
  },

  async special_status_message(client) {
    await failsAs(client, '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n');
  },

  async custom_metadata(client) {
    const bytes = Uint8Array.of(0xab, 0xab, 0xab);
    const metadata = { [echoedHeader]: 'test_initial_metadata_value', [echoedTrailer]: bytes };
    const unary = client.unaryCall(largeRequest, { metadata });
    await unary;
    await echoed(unary);
    const requests = [{ responseParameters: [{ size: 314_159 }], payload: { body: new Uint8Array(271_828) } }];
    const duplex = client.fullDuplexCall(requests, { metadata });
    for await (const { payload } of duplex) assert.equal(payload?.body.length, 314_159);
    await echoed(duplex);
  },

  async unimplemented_method(client) {
    await endsUnary(client.unimplementedCall({}), Code.UNIMPLEMENTED);
  },

  async unimplemented_service(_client, channel) {
    await endsUnary(channel.client(UnimplementedService).unimplementedCall({}), Code.UNIMPLEMENTED);
  },
};

/** Runs one case on a channel that it does not close. */
export async function runCase(name: string, channel: Channel): Promise<void> {
  const run = cases[name];
  if (run === undefined) throw new Error(`Cannot run case "${name}": wanted one of ${Object.keys(cases).join(', ')}`);
  await run(channel.client(TestService), channel);
}

async function failsAs(client: Client<TestMethods>, message: string): Promise<void> {
  const responseStatus = { code: Code.UNKNOWN, message };
  const unary = await endsUnary(client.unaryCall({ responseStatus }), Code.UNKNOWN);
  assert.equal(unary.message, message);
  const duplex = await endsWith(client.fullDuplexCall([{ responseStatus }]), Code.UNKNOWN);
  assert.equal(duplex.message, message);
}

async function endsUnary(call: UnaryCall<unknown>, code: Code): Promise<Status> {
  const status = await call.status;
  assert.equal(codeName(status.code), codeName(code), status.message);
  return status;
}

/** Reads a stream to its end. */
async function endsWith(call: ReturnType<Client<TestMethods>['fullDuplexCall']>, code: Code): Promise<Status> {
  await assert.rejects(async () => {
    for await (const _ of call);
  });
  const status = await call.status;
  assert.equal(codeName(status.code), codeName(code), status.message);
  return status;
}

async function echoed(call: Pick<UnaryCall<unknown>, 'header' | 'trailer'>): Promise<void> {
  assert.deepEqual((await call.header).getAll(echoedHeader), ['test_initial_metadata_value']);
  const values = (await call.trailer).getAll(echoedTrailer).map((value) => Buffer.from(value as Uint8Array));
  assert.deepEqual(values, [Buffer.from([0xab, 0xab, 0xab])]);
}
