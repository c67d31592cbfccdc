import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const tools = fileURLToPath(new URL('../../.tools/postgres', import.meta.url));
const nobody = 65_534;
/** It refuses to run as root. */
const user = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
const env = { ...process.env, LD_LIBRARY_PATH: join(tools, 'lib'), LC_ALL: 'C' };

/** Whether `.ci/postgres` has found one, or unpacked it. */
export const hasPostgres = existsSync(join(tools, 'bin/postgres'));

/** A server with an empty database and a password, in a folder of its own. */
export class Postgres {
  readonly port: number;
  readonly password = 'opensesame-4711';
  readonly #folder: string;
  #server: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.port = port;
  }

  static async start(): Promise<Postgres> {
    const folder = await mkdtemp(join(tmpdir(), 'flowrpc-postgres-'));
    if (user.uid !== undefined) await chown(folder, user.uid, nobody);
    const server = new Postgres(folder, await freePort());
    const secret = join(folder, 'password');
    await writeFile(secret, server.password, { mode: 0o644 });
    await promisify(execFile)(
      join(tools, 'bin/initdb'),
      ['-D', join(folder, 'data'), '-U', 'app', '-A', 'scram-sha-256', `--pwfile=${secret}`, '-E', 'UTF8', '--no-sync'],
      { ...user, env, cwd: folder },
    );
    await server.up();
    return server;
  }

  get url(): string {
    return `postgres://app:${this.password}@127.0.0.1:${this.port}/postgres`;
  }

  /** Resolves when it takes connections. */
  async up(): Promise<void> {
    const settings = [
      'listen_addresses=127.0.0.1',
      `port=${this.port}`,
      `unix_socket_directories=${this.#folder}`,
      'fsync=off',
    ];
    const server = spawn(
      join(tools, 'bin/postgres'),
      ['-D', join(this.#folder, 'data'), ...settings.flatMap((setting) => ['-c', setting])],
      { ...user, env, cwd: this.#folder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#server = server;
    let log = '';
    await new Promise<void>((resolve, reject) => {
      server.stderr!.on('data', (chunk: Buffer) => {
        log += String(chunk);
        if (log.includes('ready to accept connections')) resolve();
      });
      server.once('exit', () => reject(new Error(`postgres did not start:\n${log}`)));
    });
  }

  /** Ends it without a word to anybody, as a power cut would; its children see that and end, too. */
  async kill(signal: NodeJS.Signals = 'SIGQUIT'): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || server.exitCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill(signal);
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
