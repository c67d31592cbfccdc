import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A span as a process tells of it. */
export interface ToldSpan {
  readonly service: string;
  readonly name: string;
  /** As in OTLP: 2 for servers, 3 for clients. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent?: string | undefined;
  readonly node?: unknown;
}

/** One process of a trace. */
export interface TracedService extends AsyncDisposable {
  readonly address: string;
  /** Ends it, and gives the spans it kept. */
  end(): Promise<readonly ToldSpan[]>;
}

const file = fileURLToPath(new URL('service.ts', import.meta.url));

/** Starts `service.ts` in a role; `env` is added to this process's own. */
export async function startService(role: string, next = '', env: NodeJS.ProcessEnv = {}): Promise<TracedService> {
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@flowrpc/source', file, role, next], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const lines = linesOf(child);
  const address = await lines.next();
  let ended: Promise<readonly ToldSpan[]> | undefined;
  const end = (): Promise<readonly ToldSpan[]> => (ended ??= endOf(child, lines));
  return { address, end, [Symbol.asyncDispose]: async () => void (await end().catch(() => child.kill())) };
}

async function endOf(child: ChildProcess, lines: { next(): Promise<string> }): Promise<readonly ToldSpan[]> {
  child.stdin!.end();
  const closed = once(child, 'close');
  const spans = JSON.parse(await lines.next()) as (ToldSpan & { kind: number })[];
  await closed;
  // The SDK counts kinds from 0, OTLP from 1.
  return spans.map((span) => ({ ...span, kind: span.kind + 1 }));
}

function linesOf(child: ChildProcess): { next(): Promise<string> } {
  let text = '';
  const waiting: ((line: string) => void)[] = [];
  const ready: string[] = [];
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n')) {
      const line = text.slice(0, at);
      text = text.slice(at + 1);
      const waiter = waiting.shift();
      if (waiter === undefined) ready.push(line);
      else waiter(line);
    }
  });
  return {
    next: () => {
      const line = ready.shift();
      if (line !== undefined) return Promise.resolve(line);
      return new Promise((resolve, reject) => {
        waiting.push(resolve);
        child.once('close', () => reject(new Error('The service ended')));
      });
    },
  };
}
