import { createInterface, type Interface } from 'node:readline';
import { Interrupt } from '../server/interrupt.ts';
import { openControl } from './control-channel.ts';
import type { ControlClientOptions } from './control-options.ts';
import { quit, runLine } from './debug-command-table.ts';
import { DebugContext } from './debug-context.ts';
import { DebugSession, type Hit } from './debug-session.ts';
import { type Shown, shownHit, told } from './debug-shown.ts';
import { ExitCode } from './exit.ts';
import { jsonLine, note, oneLine } from './output.ts';

/**
 * `flowrpc debug HOST`: a prompt at which packets are held and looked at, or a script of its commands from stdin. Whatever is held goes on when it ends.
 * Exit code 1 when a command of a script failed.
 */
export async function debug(host: string, options: ControlClientOptions): Promise<number> {
  const interactive = process.stdin.isTTY === true && options.json !== true;
  using interrupt = new Interrupt();
  await using control = await openControl(host, options);
  const lines = createInterface({ input: process.stdin, ...(interactive && { output: process.stdout }), prompt: '> ' });
  // Before the first wait: lines that come meanwhile are kept.
  const input = lines[Symbol.asyncIterator]();
  const screen = new Screen(lines, { interactive, json: options.json === true });
  await using session = new DebugSession(control, {
    onHit: (hit: Hit) => screen.show(shownHit(hit)),
    onReleased: ({ hit, reason }) => {
      // The answers to commands tell the others.
      if (reason === 'cancelled' || reason === 'ended')
        screen.show(told(`#${hit} goes on: ${oneLine(reason)}`, { hit, reason }));
    },
    onEnded: ({ process: id, error }) => {
      const how = error === undefined ? '' : `: ${oneLine(error.message)}`;
      screen.show(told(`process ${oneLine(id)} has ended${how}`, { event: 'ended', process: id }));
    },
  });
  interrupt.signal.addEventListener('abort', () => void session[Symbol.asyncDispose](), { once: true });
  lines.on('SIGINT', () => lines.close());
  void session.ended.then(() => lines.close());
  const context = new DebugContext(session, control, options.timeout);
  // What is wrong with the server or the token is told before the first prompt.
  await session.command({ case: 'heartbeat', value: {} });
  const failed = await obey(input, context, screen);
  lines.close();
  if (interrupt.exitCode !== undefined) return interrupt.exitCode;
  if (session.failure !== undefined) throw session.failure;
  return failed > 0 && !interactive ? ExitCode.failed : ExitCode.ok;
}

/** Runs lines until one says to quit, or there are no more. Gives how many failed. */
async function obey(lines: AsyncIterable<string>, context: DebugContext, screen: Screen): Promise<number> {
  let failed = 0;
  screen.prompt();
  for await (const line of lines) {
    screen.busy();
    const command = line.replace(/^\s*#.*/, '').trim();
    if (command !== '') {
      try {
        const shown = await runLine(context, command);
        if (shown === quit) return failed;
        screen.show(shown);
      } catch (error) {
        failed += 1;
        screen.fail(error as Error);
      }
    }
    screen.prompt();
  }
  return failed;
}

/** Where events and answers go: whatever somebody is typing is put below them again. */
class Screen {
  readonly #lines: Interface;
  readonly #interactive: boolean;
  readonly #json: boolean;
  #prompting = false;

  constructor(lines: Interface, { interactive, json }: { interactive: boolean; json: boolean }) {
    this.#lines = lines;
    this.#interactive = interactive;
    this.#json = json;
  }

  show({ text, json }: Shown): void {
    this.#write(() => process.stdout.write(`${this.#json ? jsonLine(json) : text}\n`));
  }

  fail({ message }: Error): void {
    this.#write(() => note(this.#json ? jsonLine({ message }) : `error: ${oneLine(message)}`));
  }

  prompt(): void {
    if (!this.#interactive) return;
    this.#prompting = true;
    this.#lines.prompt();
  }

  /** A line was entered: what is shown until the next prompt stands below it. */
  busy(): void {
    this.#prompting = false;
  }

  #write(write: () => void): void {
    if (this.#interactive && this.#prompting) process.stdout.write('\r\u001b[K');
    write();
    if (this.#interactive && this.#prompting) this.#lines.prompt(true);
  }
}
