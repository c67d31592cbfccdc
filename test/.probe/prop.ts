import { Code, codeName, connect, createServer, current, detached, inProcess, remaining, silentLogger, StatusError, type Status, traceOf, badRequest, BadRequest, findDetail, decodeDetails, retryInfo, RetryInfo, errorInfo, resourceInfo, preconditionFailure, quotaFailure, help, localizedMessage, requestInfo, debugInfo, packDetail, Metadata, CancelReason } from 'flowrpc';
import { Greeter, HelloReply } from '../../examples/gen/greeter.ts';
const show = (n: string, s: Status) => console.log(n.padEnd(24), codeName(s.code), s.origin, s.message, s.details.length);
const inner = createServer({ logger: silentLogger }).add(Greeter, { sayHello: (_, ctx) => ({ message: `${remaining(ctx.deadline) < 1000 ? '<1s' : remaining(ctx.deadline)} ${ctx.metadata.get('x-request-id')} ${ctx.metadata.get('x-tenant')} ${ctx.metadata.get('authorization')} ${traceOf(ctx).traceId.length}` }) });
const { address } = await inner.listen('127.0.0.1:0');
const ch = connect(address, { forward: ['x-tenant'] });
const g = ch.client(Greeter);
const outer = createServer({ logger: silentLogger, forward: ['X-Request-Id'] }).add(Greeter, {
  async sayHello({ name }, ctx) {
    if (name === 'detached') return detached(() => g.sayHello({}));
    if (name === 'null') return g.sayHello({}, { parent: null });
    return g.sayHello({});
  },
});
const o = connect((await outer.listen('127.0.0.1:0')).address).client(Greeter);
for (const name of ['', 'detached', 'null']) console.log(name, (await o.sayHello({ name }, { timeoutMs: 500, metadata: { 'x-request-id': 'r1', 'x-tenant': 't', authorization: 'Bearer s' } })).message);
const srv = createServer({ logger: silentLogger }).add(Greeter, { sayHello({ name }) {
  throw new StatusError(Code.INVALID_ARGUMENT, 'Cannot greet', { trailer: { 'x-t': '1' }, details: [
    badRequest({ fieldViolations: [{ field: 'name', description: 'is empty' }] }), errorInfo({ reason: 'NAME_EMPTY', domain: 'greeter', metadata: { a: 'b' } }), retryInfo({ retryDelay: { seconds: 1, nanos: 500_000_000 } }),
    resourceInfo({ resourceType: 'person', resourceName: 'ada' }), preconditionFailure({ violations: [{ type: 'T', subject: 's', description: 'd' }] }), quotaFailure({ violations: [{ subject: 's', description: 'd' }] }), help({ links: [{ description: 'd', url: 'https://x' }] }), localizedMessage({ locale: 'de', message: 'leer' }), requestInfo({ requestId: 'r' }), debugInfo({ detail: 'x'.repeat(name === 'big' ? 5000 : 5) }), packDetail(HelloReply, { message: 'own' })] });
} });
for (const t of [inProcess(srv), (await srv.listen('127.0.0.1:0')).address]) for (const name of ['', 'big']) {
  const s = await connect(t).client(Greeter).sayHello({ name }).status; show(name, s); console.log(decodeDetails(s, [HelloReply as never]).map((d) => d.typeName + (d.message ? '' : '?')).join(' '));
  console.log(findDetail(s, BadRequest), findDetail(s, RetryInfo), s.trailer.get('x-t'));
}
const m = new Metadata({ 'X-A': ['1', '2'], 'b-bin': new Uint8Array([1]), traceparent: 'x' }); console.log(m, JSON.stringify(m), m.get('x-a'), m.byteLength, m.size);
for (const f of [() => m.set('grpc-status', '1'), () => m.set('a b', '1'), () => m.set('a', 'é'), () => m.set('a-bin', 'x' as never), () => m.set('a', new Uint8Array() as never), () => m.set('content-type', 'x'), () => m.set('te', 'x')]) try { f(); console.log('ok'); } catch (e) { console.log(String(e)); }
// shutdown
const rel = createServer({ logger: silentLogger }).add(Greeter, { async *count(_, ctx) { yield { n: 1 }; await new Promise((r) => ctx.signal.addEventListener('abort', () => { console.log('reason', ctx.signal.reason.kind); r(0); })); }, async sayHello() { await new Promise((r) => setTimeout(r, 50)); return { message: 'done' }; } });
const rc = connect((await rel.listen('127.0.0.1:0')).address); const rg = rc.client(Greeter);
const st = rg.count({ to: 1 }); await st.next(); const un = rg.sayHello({}); await new Promise((r) => setTimeout(r, 10));
const t0 = Date.now(); console.log(await rel.close({ graceMs: 100 }), Date.now() - t0); show('unary', await un.status); try { await st.next(); } catch {} show('stream', await st.status);
await rel.listen('127.0.0.1:0').catch((e) => console.log(String(e)));
for (const f of [() => createServer().add(Greeter, { sayHelo: () => ({}) } as never), () => createServer({ maxTimeout: 5 } as never), () => createServer().add(Greeter, {}).add(Greeter, {}), () => createServer().add(Greeter as never)]) try { f(); } catch (e) { console.log(String(e)); }
process.exit();
