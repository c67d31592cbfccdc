import { connect, createServer, codeName, silentLogger, type Status } from 'flowrpc';
import { Greeter } from '../../examples/gen/greeter.ts';
import { execSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
const d = '/tmp/probe';
const sh = (c: string) => execSync(c, { cwd: d, stdio: 'pipe' });
sh('openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=test-ca');
for (const [n, san] of [['server', 'DNS:localhost,IP:127.0.0.1'], ['billing', 'URI:spiffe://shop/billing,DNS:billing.shop']]) {
  sh(`openssl req -newkey rsa:2048 -nodes -keyout ${n}.key -out ${n}.csr -subj /CN=${n}`);
  writeFileSync(`${d}/${n}.ext`, `subjectAltName=${san}`);
  sh(`openssl x509 -req -in ${n}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ${n}.ext -out ${n}.pem`);
}
writeFileSync(`${d}/junk.pem`, 'hello');
const server = createServer({ logger: silentLogger }).add(Greeter, { sayHello: (_, ctx) => { console.log(ctx.peer.identity ?? 'no identity'); return { message: 'hi' }; } });
const f = (n: string) => ({ certFile: `${d}/${n}.pem`, keyFile: `${d}/${n}.key`, caFile: `${d}/ca.pem` });
const show = (n: string, s: Status) => console.log(n.padEnd(24), codeName(s.code), s.origin, s.message);
const plain = (await server.listen('127.0.0.1:0')).address;
for (const mode of ['none', 'request', 'require'] as const) {
  const { address, port } = await server.listen('127.0.0.1:0', { tls: { ...f('server'), clientCertificate: mode } });
  console.log('##', mode);
  const say = (o: any, a = address) => connect(a, o).client(Greeter).sayHello({}, { timeoutMs: 3000 }).status;
  show('with cert', await say({ tls: f('billing') }));
  show('ca only', await say({ tls: { caFile: `${d}/ca.pem` } }));
  if (mode === 'none') {
    show('public roots', await say({ tls: true }));
    show('plaintext to TLS', await say({}));
    show('TLS to plaintext', await say({ tls: { caFile: `${d}/ca.pem` } }, plain));
    show('wrong host', await say({ tls: { caFile: `${d}/ca.pem`, serverName: 'other.example' } }));
    show('rejectUnauthorized', await say({ tls: { rejectUnauthorized: false } }));
    show('localhost', await say({ tls: { caFile: `${d}/ca.pem`} }, `localhost:${port}`));
  }
}
for (const tls of [{ certFile: `${d}/none.pem`, keyFile: `${d}/server.key` }, { certFile: `${d}/junk.pem`, keyFile: `${d}/server.key` }, { certFile: `${d}/server.pem`, keyFile: `${d}/billing.key` }, { certFile: `${d}/server.pem` }, { ...f('server'), caFile: undefined, clientCertificate: 'require' as const }, {}, { certfile: 'x' }, {...f('server'), cert: 'x'}] as any[])
  await server.listen('127.0.0.1:0', { tls }).catch((e) => console.log(String(e)));
for (const tls of [{ caFile: `${d}/none.pem` }, { certFile: `${d}/server.pem` }] as any[]) try { connect('a:1', { tls }); } catch (e) { console.log(String(e)); }
try { const ch = connect('10.1.2.3:1'); show('auth plaintext', await ch.client(Greeter).sayHello({}, { metadata: { authorization: 'Bearer x' } }).status); } catch (e) { console.log(e); }
process.exit();
