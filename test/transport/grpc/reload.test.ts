import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import {
  type Channel,
  Code,
  connect,
  createServer,
  type ListenOptions,
  type Logger,
  type Server,
  silentLogger,
} from 'flowrpc';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { pause } from '../../suites/gate.ts';
import { echo, ProbeService } from '../../suites/probe-service.ts';
import { type Authority, authority, type Certificate } from './certificates.ts';

const here = [
  { type: 'dns' as const, value: 'localhost' },
  { type: 'ip' as const, value: '127.0.0.1' },
];
/** Generous: what is tested is that it happens, and the machine is shared. */
const soon = { timeout: 10_000, interval: 25 };

let ca: Authority;
let otherCa: Authority;
let old: Certificate;
let fresh: Certificate;
beforeAll(async () => {
  [ca, otherCa] = [await authority(), await authority('Other CA')];
  [old, fresh] = [await issue(), await issue()];
});
const issue = (): Promise<Certificate> => ca.issue({ name: 'localhost', alternatives: here });
/** A folder of its own for each test: they run side by side. */
class Folder implements Disposable {
  readonly #root = mkdtempSync(join(tmpdir(), 'flowrpc-reload-'));

  path(name: string): string {
    return join(this.#root, name);
  }

  put(name: string, content: string): void {
    writeFileSync(this.path(name), content);
  }

  /** The way of careful writers: whole or not at all. */
  replace(name: string, content: string): void {
    this.put(`${name}.new`, content);
    renameSync(this.path(`${name}.new`), this.path(name));
  }

  remove(name: string): void {
    unlinkSync(this.path(name));
  }

  putPair({ cert, key }: Certificate): { certFile: string; keyFile: string } {
    this.put('tls.crt', cert);
    this.put('tls.key', key);
    return { certFile: this.path('tls.crt'), keyFile: this.path('tls.key') };
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true });
  }
}

function fingerprint({ cert }: Certificate): string {
  return new X509Certificate(cert).fingerprint256;
}

interface Serving extends AsyncDisposable {
  readonly server: Server;
  readonly port: number;
  readonly lines: string[];
  /** What a new connection is shown. */
  presented(): Promise<string>;
  dial(tls?: object): Channel;
}

async function serve(tls: ListenOptions['tls']): Promise<Serving> {
  const lines: string[] = [];
  const note =
    (level: string) =>
    (line: string, fields?: object): void => {
      lines.push(`${level}: ${line} ${JSON.stringify(fields)}`);
    };
  const logger: Logger = { ...silentLogger, info: note('info'), warn: note('warn'), error: note('error') };
  const server = createServer({ logger }).add(ProbeService, echo);
  const { port } = await server.listen('127.0.0.1:0', { tls });
  const channels: Channel[] = [];
  return {
    server,
    port,
    lines,
    presented: async () => {
      const socket = connectTls({ port, host: '127.0.0.1', ca: ca.cert, ALPNProtocols: ['h2'] });
      await once(socket, 'secureConnect');
      const { fingerprint256 } = socket.getPeerCertificate();
      socket.destroy();
      return fingerprint256;
    },
    dial: (clientTls) => {
      const channel = connect(`127.0.0.1:${port}`, {
        tls: { ca: ca.cert, ...clientTls },
        userAgent: `client-${channels.length}`,
      });
      channels.push(channel);
      return channel;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(channels.map((channel) => channel.close()));
      await server.close({ graceMs: 0 });
    },
  };
}

/** Makes about 50 calls a second on one connection, and one in ten on a connection of its own. */
function load({ dial }: Serving): { stop(): Promise<{ calls: number; failed: unknown[] }> } {
  const steady = dial();
  const failed: unknown[] = [];
  const open: Promise<void>[] = [];
  const callOn = async (channel: Channel, n: number): Promise<void> => {
    const status = await channel.client(ProbeService).unary({ text: '', n }, { timeoutMs: 10_000 }).status;
    if (status.code !== Code.OK) failed.push(status);
  };
  const timer = setInterval(() => {
    const n = open.length;
    open.push(callOn(n % 10 === 9 ? dial() : steady, n));
  }, 20);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
      return { calls: open.length, failed };
    },
  };
}

const long = 900;
const ways: readonly (readonly [string, (folder: Folder) => Promise<void>])[] = [
  [
    'by renames',
    async (folder) => {
      folder.replace('tls.crt', fresh.cert);
      folder.replace('tls.key', fresh.key);
    },
  ],
  [
    'in place',
    async (folder) => {
      folder.putPair(fresh);
    },
  ],
  [
    'the key long before the certificate',
    async (folder) => {
      folder.replace('tls.key', fresh.key);
      await pause(long);
      folder.replace('tls.crt', fresh.cert);
    },
  ],
  [
    'the certificate long before the key',
    async (folder) => {
      folder.replace('tls.crt', fresh.cert);
      await pause(long);
      folder.replace('tls.key', fresh.key);
    },
  ],
  [
    'half written, then whole',
    async (folder) => {
      folder.put('tls.key', fresh.key);
      folder.put('tls.crt', fresh.cert.slice(0, fresh.cert.length / 2));
      await pause(long);
      folder.put('tls.crt', fresh.cert);
    },
  ],
  [
    'removed, then there again',
    async (folder) => {
      folder.remove('tls.crt');
      await pause(long);
      folder.putPair(fresh);
    },
  ],
];

const faults: readonly (readonly [string, (folder: Folder) => void, string])[] = [
  ['a mismatched pair', (folder) => folder.replace('tls.key', fresh.key), 'they do not belong together'],
  ['half a certificate', (folder) => folder.put('tls.crt', old.cert.slice(0, 200)), 'it is not a valid certificate'],
  ['an empty file', (folder) => folder.put('tls.key', ''), 'it holds no PEM private key'],
  ['no file', (folder) => folder.remove('tls.crt'), 'there is no such file'],
  [
    'a directory',
    (folder) => {
      folder.remove('tls.crt');
      mkdirSync(folder.path('tls.crt'));
    },
    'it is a directory',
  ],
];

describe.concurrent('T-03 certificate and key of a server, replaced while it serves', () => {
  test.for(ways)('%s: new connections get the new pair, no call fails', async ([, change], { expect }) => {
    using folder = new Folder();
    await using serving = await serve(folder.putPair(old));
    const running = load(serving);
    expect(await serving.presented()).toBe(fingerprint(old));
    const called = () => serving.server.sessions.list().find(({ totalCalls }) => totalCalls > 0);
    await expect.poll(called, soon).toBeDefined();
    const session = called();

    await change(folder);
    await expect.poll(serving.presented, soon).toBe(fingerprint(fresh));
    await pause(200);
    const { calls, failed } = await running.stop();

    expect(failed).toEqual([]);
    expect(calls).toBeGreaterThan(10);
    // The connection that was there is as it was.
    expect(serving.server.sessions.get(session!.id)).toBe(session);
    const taken = serving.lines.filter((line) => line.startsWith('info'));
    const refused = serving.lines.filter((line) => line.startsWith('warn'));
    expect(taken).toEqual([expect.stringContaining('TLS files were replaced: new connections use them')]);
    expect(refused.length).toBeLessThanOrEqual(1);
  });

  test.for(faults)('%s is ignored with one line', async ([, change, why], { expect }) => {
    using folder = new Folder();
    await using serving = await serve(folder.putPair(old));
    const running = load(serving);

    change(folder);
    await expect.poll(() => serving.lines.length, soon).toBe(1);
    // Time for more lines, if there were any.
    await pause(1_500);
    const { failed } = await running.stop();

    expect(await serving.presented()).toBe(fingerprint(old));
    expect(serving.lines).toEqual([expect.stringContaining('warn: TLS files were replaced and are not used')]);
    expect(serving.lines[0]).toContain(why);
    expect(failed).toEqual([]);
  });

  test('a pair that is out of date does not replace a good one', async ({ expect }) => {
    using folder = new Folder();
    await using serving = await serve(folder.putPair(old));
    const expired = await ca.issue({ name: 'localhost', alternatives: here, from: -2_000_000, until: -1_000_000 });

    folder.putPair(expired);

    await expect.poll(() => serving.lines, soon).toEqual([expect.stringMatching(/^warn: .*it expired on .* GMT/)]);
    expect(await serving.presented()).toBe(fingerprint(old));
  });

  test('a symbolic link that is swapped, as Kubernetes does, is followed', async ({ expect }) => {
    using folder = new Folder();
    for (const [name, { cert, key }] of Object.entries({ one: old, two: fresh })) {
      mkdirSync(folder.path(name));
      folder.put(`${name}/tls.crt`, cert);
      folder.put(`${name}/tls.key`, key);
    }
    symlinkSync('one', folder.path('data'));
    for (const name of ['tls.crt', 'tls.key']) symlinkSync(join('data', name), folder.path(name));
    await using serving = await serve({ certFile: folder.path('tls.crt'), keyFile: folder.path('tls.key') });
    const running = load(serving);

    symlinkSync('two', folder.path('data.new'));
    renameSync(folder.path('data.new'), folder.path('data'));
    rmSync(folder.path('one'), { recursive: true });

    await expect.poll(serving.presented, soon).toBe(fingerprint(fresh));
    expect((await running.stop()).failed).toEqual([]);
    expect(serving.lines.filter((line) => line.startsWith('warn'))).toEqual([]);
  });

  test('a CA that is replaced decides over new connections; those that are open go on', async ({ expect }) => {
    using folder = new Folder();
    folder.put('clients.crt', ca.cert);
    await using serving = await serve({ ...old, caFile: folder.path('clients.crt'), clientCertificate: 'require' });
    const mine = await ca.issue({ name: 'mine' });
    const theirs = await otherCa.issue({ name: 'theirs' });
    const before = serving.dial(mine);
    const call = (channel: Channel) =>
      channel.client(ProbeService).unary({ text: '', n: 1 }, { timeoutMs: 5_000 }).status;
    expect((await call(before)).code).toBe(Code.OK);
    expect((await call(serving.dial(theirs))).code).toBe(Code.UNAVAILABLE);

    folder.replace('clients.crt', otherCa.cert);

    await expect.poll(async () => (await call(serving.dial(theirs))).code, soon).toBe(Code.OK);
    expect((await call(serving.dial(mine))).code).toBe(Code.UNAVAILABLE);
    expect((await call(before)).code).toBe(Code.OK);
  });

  test('reload: false reads files once; a server that was closed looks no more', async ({ expect }) => {
    using folder = new Folder();
    const files = folder.putPair(old);
    await using fixed = await serve({ ...files, reload: false });
    const closed = await serve(files);
    await closed[Symbol.asyncDispose]();
    await using following = await serve(files);

    folder.putPair(fresh);
    await expect.poll(following.presented, soon).toBe(fingerprint(fresh));
    await pause(500);

    expect(await fixed.presented()).toBe(fingerprint(old));
    expect([...fixed.lines, ...closed.lines]).toEqual([]);
  });
});

describe.concurrent('certificate and CA of a channel, replaced while it is used', () => {
  async function reconnect(
    serving: Serving,
    channel: Channel,
  ): Promise<{ code: Code; who: string | undefined; message: string }> {
    serving.server.sessions.disconnectWhere(() => true);
    await vi.waitFor(() => expect(channel.state).not.toBe('ready'), soon);
    const { code, message } = await channel.client(ProbeService).unary({ text: '', n: 1 }, { timeoutMs: 5_000 }).status;
    return { code, message, who: serving.server.sessions.list().at(-1)?.peer.identity?.subject };
  }

  test('new connections present the new certificate; bad files are ignored with one warning', async ({ expect }) => {
    const [one, two] = [await ca.issue({ name: 'one' }), await ca.issue({ name: 'two' })];
    using folder = new Folder();
    const files = folder.putPair(one);
    await using serving = await serve({ ...old, ca: ca.cert, clientCertificate: 'require' });
    const channel = serving.dial(files);
    const warnings: string[] = [];
    const note = ({ message }: Error): number => warnings.push(message);
    process.on('warning', note);

    expect(await reconnect(serving, channel)).toMatchObject({ code: Code.OK, who: 'one' });
    folder.replace('tls.key', two.key);
    for (let n = 0; n < 3; n += 1)
      expect(await reconnect(serving, channel)).toMatchObject({ code: Code.OK, who: 'one' });
    // Connections that live shorter than a second slow a channel down.
    await pause(1_100);
    expect(await reconnect(serving, channel)).toMatchObject({ code: Code.OK, who: 'one' });
    folder.replace('tls.crt', two.cert);
    expect(await reconnect(serving, channel)).toMatchObject({ code: Code.OK, who: 'two' });
    process.off('warning', note);

    expect(warnings).toEqual([
      expect.stringMatching(/^TLS files were replaced and are not used: .* do not belong together$/),
    ]);
  });

  test('new connections trust the new CA', async ({ expect }) => {
    using folder = new Folder();
    folder.put('ca.crt', otherCa.cert);
    await using serving = await serve(old);
    const channel = serving.dial({ ca: undefined, caFile: folder.path('ca.crt') });
    const call = () => channel.client(ProbeService).unary({ text: '', n: 1 }, { timeoutMs: 5_000 }).status;
    expect((await call()).code).toBe(Code.UNAVAILABLE);

    folder.replace('ca.crt', ca.cert);

    await expect.poll(async () => (await call()).code, soon).toBe(Code.OK);
  });
});
