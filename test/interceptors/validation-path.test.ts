import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { type Codec, connect, createServer, inProcess, loadServices, type Service, silentLogger } from 'flowrpc';
import { validation } from 'flowrpc/interceptors';
import { fieldPath } from 'flowrpc/interceptors/validation/validation-path';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

let orders: Service;
let order: Codec<unknown>;
beforeAll(async () => {
  orders = (await loadServices(fileURLToPath(new URL('validation-shop.proto', import.meta.url))))['shop.Orders']!;
  order = orders.methods.place!.request;
});

const voucher = { payment: { case: 'usedVoucher', value: { voucherCode: '' } } };

describe('fieldPath() writes a path as the proto file would', () => {
  test.each<[(string | number)[], string, object?]>([
    [[], ''],
    [['customerId'], 'customer_id'],
    [['orderLines'], 'order_lines'],
    [['orderLines', 3], 'order_lines[3]'],
    [['orderLines', 3, 'unitCount'], 'order_lines[3].unit_count'],
    [['giftLabels', 'a "b"'], 'gift_labels["a \\"b\\""]'],
    [['byShelf', '7', 'productName'], 'by_shelf[7].product_name'],
    [['firstLine', 'unitCount'], 'first_line.unit_count'],
    [['payment'], 'payment'],
    [['payment', 'value', 'voucherCode'], 'used_voucher.voucher_code', voucher],
    [['payment', 'value'], 'used_voucher', voucher],
    [['payment', 'value'], 'card_number', { payment: { case: 'cardNumber', value: 'x' } }],
    [['noField', 2, 'x'], 'noField[2].x'],
  ])('%j: %s', (path, text, message = {}) => {
    expect(fieldPath(path, order, message)).toBe(text);
  });

  test('reads paths of objects, as some libraries give them', () => {
    expect(fieldPath([{ key: 'orderLines' }, { key: 0 }, { key: 'unitCount' }], order, {})).toBe(
      'order_lines[0].unit_count',
    );
  });

  test('leaves names alone where no descriptor tells them', () => {
    const codec = { typeName: '', encode: () => new Uint8Array(), decode: () => ({}) };

    expect(fieldPath(['orderLines', 1, 'unitCount'], codec, {})).toBe('orderLines[1].unitCount');
  });

  test('never throws, whatever the path and the message', () => {
    const names = [
      'customerId',
      'orderLines',
      'giftLabels',
      'payment',
      'value',
      'case',
      'firstLine',
      '__proto__',
      'constructor',
    ];
    const step = fc.oneof(fc.constantFrom(...names), fc.nat(5), fc.string(), fc.constant(Symbol('x')));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), fc.oneof(fc.anything(), fc.constant(voucher)), (path, message) => {
        expect(typeof fieldPath(path, order, message)).toBe('string');
      }),
    );
  });
});

test('validation() checks the message as it travels: defaults filled in, on either side', async () => {
  const line = z.object({ productName: z.string(), unitCount: z.number().positive() });
  const schema = z.looseObject({ customerId: z.string(), orderLines: z.array(line), giftLabels: z.looseObject({}) });
  const check = validation(orders, { place: { request: schema } });
  const seen: unknown[] = [];
  const place = (request: unknown): object => {
    seen.push(request);
    return {};
  };
  await using server = createServer({ logger: silentLogger, interceptors: [check] }).add(orders, { place } as never);
  const call = async (client: boolean, request: object) => {
    await using channel = connect(inProcess(server, { copy: false }), { interceptors: client ? [check] : [] });
    return await (
      channel.client(orders) as never as {
        place(request: object): { status: Promise<{ code: number; message: string }> };
      }
    ).place(request).status;
  };

  for (const client of [true, false]) {
    expect((await call(client, { customerId: 'ada' })).code).toBe(0);
    expect((await call(client, { orderLines: [{ productName: 'tea' }] })).message).toMatch(
      /"order_lines\[0\]\.unit_count" Too small/,
    );
  }
  expect(seen).toEqual(Array.from({ length: 2 }, () => expect.objectContaining({ customerId: 'ada', orderLines: [] })));
});
