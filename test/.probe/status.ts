import { Code, codeName, connect, createServer, inProcess, StatusError, silentLogger, type Status, type ServerOptions, type ConnectOptions, Metadata, type Channel } from 'flowrpc';
import { Greeter } from '../../examples/gen/greeter.ts';
import net from 'node:net';
import http2 from 'node:http2';
const never = new Promise<never>(() => {});
let bad: unknown;
const handlers = {
  sayHello: async ({ name }: { name: string }, ctx: any) => {
    if (name === 'throw') throw new Error('secret');
    if (name === 'null') throw null;
    if (name === 'never') return never;
    if (name === 'nothing') return undefined as never;
    if (name === 'wrong') return { message: 5 } as never;
    if (name === 'big') return { message: 'x'.repeat(2_000_000) };
    if (name === 'bigheader') { ctx.header.set('a', 'x'.repeat(9_000)); return {}; }
    if (name === 'bigtrailer') { ctx.trailer.set('a', 'x'.repeat(9_000)); return {}; }
    if (name === 'long') throw new StatusError(Code.NOT_FOUND, 'é'.repeat(5000));
    if (name === 'lone') throw new StatusError(Code.NOT_FOUND, 'a\uD800b');
    if (name === 'latehdr') { ctx.sendHeader(); ctx.header.set('a', 'b'); return {}; }
    if (name === 'upstream') { return up.client(Greeter).sayHello({ name: 'x' }); }
    if (name === 'upstreamlocal') { return gone.client(Greeter).sayHello({ name: 'x' }); }
    if (name === 'badmeta') { ctx.header.set('grpc-x', 'b'); return {}; }
    return { message: name };
  },
  async *count({ to }: { to: number }) { for (let n = 1; n <= to; n++) yield { n }; if (to === 0) await never; },
  sum: async () => ({ n: 1 }),
  async *chat(reqs: any) { for await (const r of reqs) yield { message: r.name }; },
};
const upServer = createServer({ logger: silentLogger }).add(Greeter, { sayHello: () => { throw new StatusError(Code.NOT_FOUND, 'upstream says no'); } });
const up = connect((await upServer.listen('127.0.0.1:0')).address);
const gone = connect('127.0.0.1:1');
const show = (name: string, s: Status) => console.log(name.padEnd(30), codeName(s.code).padEnd(20), s.origin.padEnd(6), s.message.slice(0, 150));
for (const kind of ['in-process', 'socket']) {
  console.log('##', kind);
  const server = createServer({ logger: silentLogger, limits: { maxReceiveBytes: 1000 }, streamIdleMs: 100, maxHandlers: 50 }).add(Greeter, handlers as never);
  const open = async (o: ConnectOptions = {}): Promise<Channel> => kind === 'socket' ? connect(await addr, o) : connect(inProcess(server), o);
  const addr = kind === 'socket' ? server.listen('127.0.0.1:0').then((a) => a.address) : Promise.resolve('');
  const ch = await open(); const c = ch.client(Greeter);
  for (const n of ['throw', 'null', 'nothing', 'wrong', 'big', 'bigheader', 'bigtrailer', 'long', 'lone', 'latehdr', 'upstream', 'upstreamlocal', 'badmeta']) show(n, await c.sayHello({ name: n }).status);
  show('deadline', await c.sayHello({ name: 'never' }, { timeoutMs: 30 }).status);
  show('deadline past', await c.sayHello({ name: 'never' }, { timeoutMs: -1 }).status);
  const k = c.sayHello({ name: 'never' }); setTimeout(() => k.cancel(), 20); show('cancel', await k.status);
  show('aborted signal', await c.sayHello({}, { signal: AbortSignal.abort(new Error('x')) }).status);
  show('unknown method', await ch.call('/a.B/C', new Uint8Array()).status);
  show('no handler', await ch.call('/examples.Greeter/Foo', new Uint8Array()).status);
  show('bad request', await c.sayHello({ name: 5 as never }).status);
  show('too large request', await c.sayHello({ name: 'x'.repeat(2000) }).status);
  show('garbage', await ch.call('/examples.Greeter/SayHello', new Uint8Array([255, 255])).status);
  show('metadata pairs', await c.sayHello({}, { metadata: Array.from({ length: 70 }, (_, i) => [`k${i}`, 'v'] as const) }).status);
  show('metadata bytes', await c.sayHello({}, { metadata: { a: 'x'.repeat(9000) } }).status);
  show('auth plaintext loopback', await c.sayHello({ name: 'a' }, { metadata: { authorization: 'x' } }).status);
  show('two auth', await c.sayHello({ name: 'a' }, { metadata: { authorization: ['x', 'y'] } }).status);
  const st = c.count({ to: 0 }); for await (const _ of st.catch?.() ?? []) {} ; try { for await (const _ of st); } catch {} show('idle', await st.status);
  const s2 = c.count({ to: 100 }); for await (const _ of s2) break; show('left early', await s2.status);
  const s3 = c.sum((async function* () { yield { n: 1 }; throw new Error('client stream broke'); })()); show('request iterable throws', await s3.status);
  show('unary path as stream', await (async () => { const s = ch.stream('/examples.Greeter/SayHello', [new Uint8Array(), new Uint8Array()]); try { for await (const _ of s); } catch {} return s.status; })());
  show('client gets 2', await ch.call('/examples.Greeter/Count', Uint8Array.from([8, 2])).status);
  show('client gets 0', await ch.call('/examples.Greeter/Chat', new Uint8Array()).status);
  try { c.sayHello({}, { timeoutMs: Number.NaN }); } catch (e) { console.log('NaN', e); }
  try { c.sayHello({}, { timeoutMS: 5 } as never); } catch (e) { console.log('typo', (e as Error).message); }
  const pend = c.sayHello({ name: 'never' });
  const { promise } = { promise: server.close({ graceMs: 50 }) };
  await new Promise((r) => setTimeout(r, 20));
  show('during drain same', await (kind === 'socket' ? connect(await addr) : ch).client(Greeter).sayHello({}).status);
  console.log(await promise); show('cut', await pend.status);
  await ch.close(); try { c.sayHello({}); } catch (e) { console.log('closed', (e as Error).message); }
}
show('nobody there', await gone.client(Greeter).sayHello({}).status);
show('waitForReady', await gone.client(Greeter).sayHello({}, { waitForReady: true, timeoutMs: 100 }).status);
await gone.ready({ timeoutMs: 50 }).catch((e) => console.log('ready', e.message, e.code));
const mute = net.createServer(() => {}).listen(0); const mp = (mute.address() as any).port;
show('mute', await connect(`127.0.0.1:${mp}`, { connectTimeoutMs: 100 }).client(Greeter).sayHello({}).status);
const h = http2.createServer((q, s) => { s.statusCode = 503; s.end(); }).listen(0);
show('http 503', await connect(`127.0.0.1:${(h.address() as any).port}`).client(Greeter).sayHello({}).status);
for (const t of ['localhost', 'foo://x', 'localhost:99999', '']) try { connect(t); } catch (e) { console.log(String(e)); }
const s = createServer(); for (const a of ['localhost', '127.0.0.1:' + mp, '1.2.3.4:80', 'unix:']) await s.listen(a).catch((e) => console.log(String(e)));
await upServer.close();
process.exit();
