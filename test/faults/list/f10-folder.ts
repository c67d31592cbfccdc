import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Fault } from '../fault.ts';
import type { Rig } from '../rig.ts';

/** There is no store of etcd here: what a graph reads its specs from is a folder. It is gone for a while, and comes back changed. */
export const f10: Fault = {
  name: 'F10',
  title: 'the folder of specs is gone for 5 s, and comes back with other specs (instead of etcd)',
  peers: ['flowrpc'],
  times: { short: { endMs: 9_000 } },
  bars: [
    { what: '0 failed', of: ({ failed }) => failed, most: 0 },
    { what: '0 lost', of: ({ lost }) => lost, most: 0 },
    { what: '0 answers of other specs while it is gone', of: ({ more }) => more.tooEarly, most: 0 },
    { what: 'that it is gone is told', of: ({ more }) => more.problemsWhileGone, least: 1 },
    { what: 'and no more once it is back', of: ({ more }) => more.problemsAfter, most: 0 },
    { what: 'converged < 2 s after the return', of: ({ more }) => more.convergedMs, most: 2_000, shortMost: 5_000 },
    { what: '0 answers of old specs from then on', of: ({ more }) => more.tooLate, most: 0 },
  ],
  async run(rig) {
    const folder = join(dirname(rig.keyLog), 'specs');
    const away = `${folder}-away`;
    mkdirSync(folder);
    writeSpec(folder, 'old');
    using server = await FolderServer.start(folder, rig);
    await rig.connect({ addresses: [`127.0.0.1:${server.port}`] });
    await rig.start({ lists: 0 });
    await rig.until(rig.times.faultMs);
    const from = rig.load.now;
    renameSync(folder, away);
    writeSpec(away, 'new');
    await rig.until(from + (rig.short ? 3_000 : 5_000));
    const problemsWhileGone = await server.problems();
    const to = rig.load.now;
    renameSync(away, folder);
    await rig.until(rig.times.endMs - 100);
    const problemsAfter = await server.problems();
    const figures = await rig.finish({ from, to });
    const { records } = rig.load;
    const saying = (text: string) => records.filter(({ outcome }) => outcome?.replica === text);
    const first = saying('new').reduce((least, { ended = least }) => Math.min(least, ended), Number.POSITIVE_INFINITY);
    return {
      ...figures,
      more: {
        problemsWhileGone,
        problemsAfter,
        tooEarly: saying('new').filter(({ ended = 0 }) => ended < to).length,
        convergedMs: Math.round(first - to),
        tooLate: saying('old').filter(({ sent }) => sent > first).length,
      },
    };
  },
};

function writeSpec(folder: string, text: string): void {
  writeFileSync(join(folder, 'answer.yaml'), `kind: snippet\nname: answer\nlanguage: text\ncode: ${text}\n`);
}

/** `folder-process.ts`, seen from its parent. */
class FolderServer implements Disposable {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, port: number) {
    this.#process = process;
    this.port = port;
  }

  static async start(folder: string, rig: Rig): Promise<FolderServer> {
    const program = fileURLToPath(new URL('../folder-process.ts', import.meta.url));
    const execArgv = ['--import', 'tsx', '--conditions=@flowrpc/source'];
    const child = fork(program, [folder, rig.keyLog], { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new FolderServer(child, port);
  }

  async problems(): Promise<number> {
    const answer = once(this.#process, 'message');
    this.#process.send('problems');
    const [{ problems }] = (await answer) as [{ problems: number }];
    return problems;
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL');
  }
}
