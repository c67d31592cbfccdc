import { loadServices, connect, createServer, inProcess, StatusError, silentLogger } from 'flowrpc';
const services = await loadServices('test/.probe/order.proto');
console.log(Object.keys(services));
const Orders = services['shop.v1.Orders']!;
const put = Orders.methods.put!;
for (const bad of [
  { items: [{ sku: 'a' }, { sku: 'b', count: 1.5 }] },
  { id: 2 ** 60 }, { id: '12x' }, { status: 'PAYED' }, { card: 'x' }, { payment: { case: 'crad', value: '1' } },
  { statuss: 1 }, { createdAt: new Date() }, { blob: 'abc' }, { stock: new Map([['a', 1]]) }, { stock: { a: 'x' } }, { note: null }, 5, null, {payment:{case:'card', value: 3}}, { created_at: {} }, { items: {} },
]) {
  try { put.request.encode(bad); console.log('OK?', bad); } catch (e) { console.log((e as Error).message); }
}
console.log(put.request.decode(put.request.encode({ id: 5, createdAt: { seconds: 1, nanos: 2 }, status: 7, payment: { case: 'voucherCents', value: 3n }, nick: { value: 'x' }, blob: new Uint8Array([1]), stock: {a: 1}, ttl: {seconds: 3}})));
console.log(JSON.stringify(put.request.decode(put.request.encode({ extra: { fields: { a: { kind: { case: 'stringValue', value: 'b' } } } } })), (k, v) => typeof v === 'bigint' ? `${v}n` : v));
const s2 = await loadServices('test/.probe/order.proto', { int64: 'string' });
console.log(s2['shop.v1.Orders']!.methods.put!.request.decode(put.request.encode({ id: 5n })));
await loadServices('test/.probe/nope.proto').catch((e) => console.log(e.message));
await loadServices('test/.probe/order.proto', { int46: 'string' } as never).catch((e) => console.log(e.message));
await loadServices('test/.probe/order.proto', { int64: 'number' as never }).catch((e) => console.log(e.message));
const server = createServer({ logger: silentLogger }).add(Orders, { put: () => ({ statuss: 1 }) });
const client = connect(inProcess(server)).client(Orders);
for (const req of [{ id: 'x' }, {}]) console.log(await (client.put as any)(req).status);
