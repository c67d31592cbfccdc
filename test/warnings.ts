import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach } from 'vitest';

/*
 * What Node warns of (listeners that pile up, negative timeouts, deprecated calls) fails the test in which it came, here and in the processes that a
 * test starts; our own words do not, nor what Node says of features it may still change.
 */
const harmless: ReadonlySet<string> = new Set(['ExperimentalWarning', 'FlowrpcWarning']);

let here: string[] = [];
process.on('warning', ({ name, message, stack }) => {
  if (!harmless.has(name)) here.push(`${name}: ${message}\n${stack}`);
});

/** Where Node writes the warnings of processes that are started from here, in place of their stderr. */
const file = join(tmpdir(), `flowrpc-warnings-${process.pid}-${crypto.randomUUID()}`);
process.env.NODE_REDIRECT_WARNINGS = file;
const lines = /^\(node:\d+\) (?:\[\w+\] )?([\w$]+): .*$/gm;

afterEach(fail);

/** What comes of closing what a file shares. */
afterAll(fail);

async function fail(): Promise<void> {
  // A warning is told in a turn of its own.
  await setImmediate();
  const told = [...here, ...ofChildren()];
  here = [];
  if (told.length > 0) throw new Error(`Cannot let pass what Node warned of: ${told.join('\n')}`);
}

function ofChildren(): string[] {
  try {
    const text = readFileSync(file, 'utf8');
    rmSync(file);
    return [...text.matchAll(lines)].flatMap(([line, name = '']) =>
      harmless.has(name) ? [] : [`in a child: ${line}`],
    );
  } catch {
    return [];
  }
}
