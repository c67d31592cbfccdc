import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromBinary } from '@bufbuild/protobuf';
import { ViolationsSchema } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import {
  BadRequest,
  Code,
  findDetail,
  type Handlers,
  type Interceptor,
  loadServices,
  type Method,
  type Service,
  type Status,
} from 'flowrpc';
import { type ProtovalidateOptions, protovalidate } from 'flowrpc/interceptors/protovalidate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Kind, kinds, outcome, start } from '../suites/kinds.ts';
import { ProbeService } from '../suites/probe-service.ts';
import { onSide, type SetupOptions, setup, type TestTransport, transports } from '../suites/transports.ts';
import { writeRulesProto } from './protovalidate-rules.ts';

interface Order {
  customerId?: string;
  orderLines?: { productName?: string; unitCount?: number }[];
  giftLabels?: Record<string, number>;
  payment?: { case: 'cardNumber' | 'voucherCode'; value: string };
}
type Orders = {
  place: Method<Order, Order, 'unary'>;
  watch: Method<Order, Order, 'serverStream'>;
  import: Method<Order, Order, 'clientStream'>;
  trade: Method<Order, Order, 'bidi'>;
};
const names: Readonly<Record<Kind, keyof Orders>> = {
  unary: 'place',
  serverStream: 'watch',
  clientStream: 'import',
  bidi: 'trade',
};
const path = fileURLToPath(new URL('protovalidate-shop.proto', import.meta.url));
const good: Order = {
  customerId: 'ada',
  orderLines: [{ productName: 'tea', unitCount: 1 }],
  payment: { case: 'cardNumber', value: '42' },
};
const folder = await mkdtemp(join(tmpdir(), 'flowrpc-rules-'));
await writeRulesProto(folder);
afterAll(() => rm(folder, { recursive: true }));

let services: Record<string, Service>;
let orders: Service<Orders>;
beforeAll(async () => {
  services = await loadServices(path, { includeDirs: [folder] });
  orders = services['checked.Orders'] as unknown as Service<Orders>;
});

/** One call of a kind through `protovalidate()`; `handled` is what reached the handler. */
async function order(
  kind: Kind,
  requests: readonly Order[],
  {
    side = 'server',
    transport = transports[0] as TestTransport,
    reply = { customerId: 'ada' },
    ...options
  }: Partial<ProtovalidateOptions> & { side?: 'server' | 'client'; transport?: TestTransport; reply?: Order } = {},
) {
  const handled: unknown[] = [];
  const causes: unknown[] = [];
  const witness: Interceptor = async function witness(call, next) {
    const status = await next(call);
    causes.push(status.cause);
    return status;
  };
  const checks = compiled(options);
  await using probe = await setup(transport, onSide(side, witness, checks) as SetupOptions);
  const one = async (request: unknown): Promise<Order> => {
    handled.push(request);
    return reply;
  };
  const all = async function* all(requests: AsyncIterable<unknown>): AsyncGenerator<Order> {
    for await (const request of requests) {
      handled.push(request);
      yield reply;
    }
  };
  probe.server.add(orders, {
    place: one,
    watch: async function* watch(request: unknown) {
      yield await one(request);
    },
    import: async (requests: AsyncIterable<unknown>) => {
      for await (const _ of all(requests));
      return reply;
    },
    trade: all,
  } as unknown as Handlers<Orders>);
  const client = probe.channel.client(orders) as unknown as Record<string, unknown>;
  const running = start(
    Object.fromEntries(kinds.map((each) => [each, client[names[each]]])) as never,
    kind,
    undefined,
    requests as never,
  );
  const { status, messages } = await outcome(running);
  return { status, messages, handled, causes };
}

const made = new Map<string, Interceptor>();

/** Compiling the rules takes longer than a call. */
function compiled(options: Partial<ProtovalidateOptions>): Interceptor {
  const name = JSON.stringify(options);
  let checks = made.get(name);
  if (checks === undefined) made.set(name, (checks = protovalidate({ services: [orders], ...options })));
  return checks;
}

function fields(status: Status) {
  return findDetail(status, BadRequest)?.fieldViolations.map(({ field, reason }) => [field, reason]);
}

describe.each(['server', 'client'] as const)('protovalidate() on the %s', (side) => {
  test.each(kinds)('lets a %s call pass whose messages keep their rules', async (kind) => {
    for (const transport of [transports[0], transports[1], transports[2]] as TestTransport[]) {
      const { status, handled } = await order(kind, [good, good], { side, transport });

      expect(status.code).toBe(Code.OK);
      expect(handled[0]).toMatchObject(good);
    }
  });

  test.each(kinds)('refuses a %s call with INVALID_ARGUMENT, field paths and rules', async (kind) => {
    const bad: Order = {
      customerId: 'x',
      orderLines: [{ unitCount: 1 }, { unitCount: 0 }],
      giftLabels: { ada: -1 },
      payment: { case: 'cardNumber', value: '4x' },
    };

    const { status, handled } = await order(kind, [bad, good], { side });

    expect(status).toMatchObject({ code: Code.INVALID_ARGUMENT, origin: side === 'client' ? 'local' : 'peer' });
    expect(fields(status)?.toSorted()).toEqual([
      ['card_number', 'STRING_PATTERN'],
      ['customer_id', 'STRING_MIN_LEN'],
      ['gift_labels["ada"]', 'INT32_GTE'],
      ['order_lines[1].unit_count', 'INT32_GT'],
    ]);
    expect(status.message).toMatch(/^Cannot take the request of \/checked\.Orders\/\w+: ".*, and 3 more$/);
    expect(handled).toEqual([]);
  });
});

describe('protovalidate()', () => {
  test('adds buf.validate.Violations for those who know them', async () => {
    const { status } = await order('unary', [{ ...good, customerId: '' }], {
      transport: transports[2] as TestTransport,
    });

    const detail = status.details.find(({ typeUrl }) => typeUrl === 'type.googleapis.com/buf.validate.Violations');
    expect(fromBinary(ViolationsSchema, detail!.value).violations).toMatchObject([{ ruleId: 'string.min_len' }]);
  });

  test('checks whole messages and oneofs', async () => {
    const { status } = await order('unary', [{ customerId: 'ada' }]);

    expect(fields(status)?.toSorted()).toEqual([
      ['', 'ORDER_NOT_EMPTY'],
      ['payment', 'REQUIRED'],
    ]);
  });

  test.each(['clientStream', 'bidi'] as const)('checks each message of a %s call', async (kind) => {
    const { status, handled } = await order(kind, [good, good, { ...good, customerId: 'x' }, good]);

    expect(status.code).toBe(Code.INVALID_ARGUMENT);
    expect(handled).toHaveLength(2);
  });

  test('tells of as many violations as it is told to, and of no more than a trailer holds', async () => {
    const many = { ...good, orderLines: Array.from({ length: 60 }, () => ({ unitCount: 0 })) };
    const transport = transports[2] as TestTransport;

    expect(fields((await order('unary', [many], { transport, maxViolations: 3 })).status)).toHaveLength(3);
    expect(fields((await order('unary', [many], { transport, maxViolations: 200 })).status)!.length).toBeGreaterThan(
      10,
    );
    expect(fields((await order('unary', [many], { transport, failFast: true })).status)).toHaveLength(1);
  });

  test.each(kinds)('checks the responses of a %s call when asked to', async (kind) => {
    const wrong = { reply: { customerId: 'x' } };

    const unasked = await order(kind, [good], wrong);
    const server = await order(kind, [good], { ...wrong, responses: true });
    const client = await order(kind, [good], { ...wrong, responses: true, side: 'client' });

    expect(unasked.status.code).toBe(Code.OK);
    expect(server.status).toMatchObject({ code: Code.INTERNAL, message: 'The response breaks its own rules' });
    expect(String(server.causes[0])).toMatch(/Cannot send the response of .*"customer_id" /);
    expect(client.status).toMatchObject({ code: Code.INTERNAL, details: [] });
    expect(client.status.message).toMatch(/^Cannot take the response of .*"customer_id" /);
    expect([...server.messages, ...client.messages]).toEqual([]);
  });

  test.each([
    ['an expression', 'option (buf.validate.message).cel = { id: "x", message: "x", expression: "this.nothing >" };'],
    ['a rule for another type', 'string text = 1 [(buf.validate.field).int32.gt = 1];'],
    [
      'a rule deep inside',
      'message Deep { string text = 1 [(buf.validate.field).int32.gt = 1]; } repeated Deep deep = 1;',
    ],
  ])('cannot be made with %s that does not compile', async (_what, text) => {
    const file = join(folder, 'broken.proto');
    const head = 'syntax = "proto3"; package broken; import "buf/validate/validate.proto";';
    await writeFile(
      file,
      `${head} service Broken { rpc Call(Message) returns (Message); } message Message { ${text} }`,
    );
    const broken = (await loadServices(file, { includeDirs: [folder] }))['broken.Broken']!;

    expect(() => protovalidate({ services: [broken] })).toThrow(/^Cannot validate broken\.Message: /);
  });

  test('works for a service whose files lack the rules file', async () => {
    const files = orders.files.filter(({ name }) => name !== 'buf/validate/validate.proto');

    expect(() => protovalidate({ services: [{ ...orders, files }] })).not.toThrow();
  });

  test('cannot check what has no descriptors, or two', async () => {
    const changed = { ...orders, files: orders.files.map((file) => ({ ...file, bytes: file.bytes.slice(0, -1) })) };

    expect(() => protovalidate({ services: [ProbeService] })).toThrow(
      'Cannot validate /suite.Probe/Unary: its service has no descriptors, generate or load it',
    );
    expect(() => protovalidate({ services: [orders, changed] })).toThrow(
      /^Cannot validate by two versions of file ".*": wanted services of one build$/,
    );
    expect(() => protovalidate({ services: [{ ...orders, files: orders.files.slice(0, 1) }] })).not.toThrow();
  });

  test.each<[object, RegExp]>([
    [{ services: [] }, /without services: wanted a list of one or more$/],
    [{ services: [ProbeService], maxViolations: 1.5 }, /maxViolations 1\.5 of protovalidate: wanted 1 or more$/],
    [
      { services: [ProbeService], response: true },
      /"response" of protovalidate: it is unknown, did you mean "responses"/,
    ],
  ])('cannot be made otherwise: %#', (options, error) => {
    expect(() => protovalidate(options as ProtovalidateOptions)).toThrow(error);
  });
});
