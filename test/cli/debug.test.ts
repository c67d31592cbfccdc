import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createKinds, defineKind } from 'flowrpc/nodes';
import type { DocumentInit } from 'flowrpc/stores';
import { describe, expect, onTestFinished, test } from 'vitest';
import { controlled } from '../runtime/control-harness.ts';
import { nodeArgs } from './flowrpc.ts';

const relay = defineKind({
  kind: 'relay',
  setup: () => ({ process: async (packet, { send }) => (await send('out', packet)).reply }),
});
const echo = defineKind({ kind: 'echo', setup: () => ({ process: (packet) => packet }) });
const specs = [
  { kind: 'relay', name: 'a', ports: { out: [{ name: 'b', port: 'in' }] } },
  { kind: 'echo', name: 'b' },
];

/** A server with Control and the nodes a → b, and how a command reaches it. */
async function served(nodes: readonly DocumentInit[] = specs) {
  const { runtime, address, token } = await controlled({ kinds: createKinds(relay, echo) });
  for (const node of nodes) await runtime.specs.put(node);
  await expect.poll(() => runtime.nodes.filter(({ status }) => status === 'active').length).toBe(nodes.length);
  const file = join(await mkdtemp(join(tmpdir(), 'flowrpc-debug-')), 'token');
  await writeFile(file, token, { mode: 0o600 });
  return { runtime, address, args: [address, '--control-token-file', file] };
}

/** Runs a script of the prompt; `onBreak` once its first breakpoint is set. Gives what it said without the ids that differ each time. */
async function script(args: readonly string[], lines: readonly string[], onBreak?: () => Promise<unknown>) {
  const child = spawn(process.execPath, [...nodeArgs, 'debug', ...args], { timeout: 80_000 });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const said = { stdout: '', stderr: '' };
  let called: Promise<unknown> | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
    if (/breakpoint 1|"id":1/.test(said.stdout)) called ??= onBreak?.();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  child.stdin.end(`${lines.join('\n')}\n`);
  const [code] = await ended;
  await called;
  const plain = (text: string): string => text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID');
  return { code, stdout: plain(said.stdout), stderr: plain(said.stderr) };
}

describe('flowrpc debug', () => {
  test('#107 X-06: holds, shows and lets go packets without a terminal, by full commands', async () => {
    const { runtime, args } = await served();
    const { code, stdout, stderr } = await script(
      args,
      [
        'break a in',
        'breakpoints',
        'wait 60s',
        'symbols',
        'processes',
        'frame',
        'breakpoint',
        'step',
        'wait',
        'frames',
        'continue',
        'delete 1',
        'breakpoints',
        'quit',
      ],
      () => runtime.call('a', { n: 1 }),
    );

    expect(stderr).toBe('');
    expect(stdout).toContain('breakpoint 1\n');
    expect(stdout).toMatch(/1 {3}default\.a {2}in {2}- {4}any {6}[01]\n/);
    expect(stdout).toMatch(/held #1 default\.a\/in of ID by breakpoint 1: \{"n":1\}\n/);
    expect(stdout).toMatch(/default\.a {2}relay {2}active\n/);
    expect(stdout).toMatch(/ID {2}default\.a {2}held/);
    expect(stdout).toMatch(/default\.a\/in → out {2}open/);
    expect(stdout).toMatch(/payload: \{\n {2}"n": 1\n\}/);
    expect(stdout).toContain('let go #1 for a step\n');
    expect(stdout).toContain('removed breakpoint 1\nnone\n');
    expect(code).toBe(0);
  });

  test('#107: short forms do the same, and --json prints lines for machines', async () => {
    const { runtime, args } = await served();
    const { code, stdout, stderr } = await script(
      [...args, '--json'],
      [
        '# a comment',
        'b a out',
        'bps',
        'wait 60s',
        'sb',
        'proc',
        'frm',
        'frms',
        'bp',
        'held',
        'c',
        'd',
        'sbs',
        'procs',
        'h',
        'q',
        'never read',
      ],
      () => runtime.call('a', { n: 1 }),
    );

    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const held = lines.findIndex(({ event }) => event === 'held');
    const [set, list, , symbol, process, frame, frames, breakpoint, holds, gone] = lines.toSpliced(held, 1);
    expect(stderr).toBe('');
    expect(lines[held]).toMatchObject({ hit: 1, reason: 'breakpoint', frame: { node: 'default.a', outPort: 'out' } });
    expect(set).toMatchObject({ id: 1, node: 'default.a', outPort: 'out' });
    expect(list).toEqual([{ id: 1, node: 'default.a', outPort: 'out', hits: expect.any(Number) }]);
    expect(symbol).toMatchObject({ service: 'default.a', kind: 'relay', spec: { kind: 'relay', name: 'a' } });
    expect(process).toMatchObject({ node: 'default.a', status: 'held' });
    expect(frame).toMatchObject({ node: 'default.a', payload: { n: 1 } });
    expect(frames).toMatchObject([{ inPort: 'in' }, { outPort: 'out' }]);
    expect(breakpoint).toMatchObject({ id: 1, hits: 1 });
    expect(holds).toMatchObject([{ hit: 1 }]);
    expect(gone).toEqual({ message: 'let go #1' });
    expect(code).toBe(0);
  });

  test('steps through a process, node by node', async () => {
    const { runtime, args } = await served();
    const { code, stdout, stderr } = await script(
      args,
      ['b a', 'wait 60s', 's', 'wait', 's', 'wait', 's', 'wait 2s'],
      () => runtime.call('a', { n: 1 }),
    );

    expect(stdout.match(/^held #\d \S+( → \w+)?/gm)).toEqual([
      'held #1 default.a/in',
      'held #2 default.a/in → out',
      'held #3 default.b/in',
    ]);
    expect(stdout).toContain('process ID has ended\n');
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'error: No packet was held for 2s\n' });
  });

  test('#106: whatever a debugger holds goes on when it dies', async () => {
    const { runtime, args } = await served();
    const child = spawn(process.execPath, [...nodeArgs, 'debug', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stdin.write('break b\n');
    let held = false;
    createInterface({ input: child.stdout }).on('line', (line) => {
      held ||= line.startsWith('held');
    });
    const calls: Promise<unknown>[] = [];
    await expect
      .poll(
        () => {
          if (!held) calls.push(runtime.call('a', 'x'));
          return held;
        },
        { timeout: 60_000, interval: 500 },
      )
      .toBe(true);

    child.kill('SIGKILL');

    expect(new Set(await Promise.all(calls))).toEqual(new Set(['x']));
  });

  test('says what is wrong: commands, ids, nodes that are not there', async () => {
    const { args } = await served();

    const { code, stdout, stderr } = await script(args, [
      'brek a',
      'continue',
      'delete 7',
      'delete x',
      'break nobody',
      'break a in b',
      'break -p',
      'symbol nobody',
      'process nothing',
      'frame',
      'wait soon',
    ]);

    expect(stdout).toBe('breakpoint 1; there is no node "nobody" just now\n');
    expect(stderr.split('\n')).toEqual([
      'error: There is no command "brek", wanted one that help lists',
      'error: No packet is held',
      'error: NOT_FOUND: There is no breakpoint 7',
      'error: "x" is no id, wanted a number such as 1',
      'error: Cannot set a breakpoint: wanted at most a node and a port, got 1 more',
      'error: Cannot set a breakpoint: -p wants the id of a process',
      'error: There is no node "nobody", or several have the name',
      expect.stringContaining('NOT_FOUND'),
      'error: No packet is held, wanted an id',
      'error: Cannot wait so: wanted a time such as 500ms or 10s',
      '',
    ]);
    expect(code).toBe(1);
  });

  test('ends with the reason when there is no server, or the token is not its own', async () => {
    const { args } = await served();
    const file = join(await mkdtemp(join(tmpdir(), 'flowrpc-debug-')), 'token');
    await writeFile(file, 'not-the-token-of-this-server', { mode: 0o600 });

    const [wrong, nobody] = await Promise.all([
      script([args[0]!, '--control-token-file', file], ['bps']),
      script(['127.0.0.1:1', '--control-token-file', file], ['bps']),
    ]);

    expect(wrong).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('UNAUTHENTICATED') });
    expect(nobody).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('UNAVAILABLE') });
  });
});
