import { framed, readFramed } from './framed.ts';
import { invoke } from './invoke.ts';
import { type ClientCompatResponse, clientRequest, clientResponse } from './messages.ts';

/** Calls that may be under way at once. */
const parallel = 8;

/** The client under test: makes the calls that stdin asks for, and tells on stdout what came of each. */
async function main(): Promise<void> {
  const running = new Set<Promise<void>>();
  for await (const asked of readFramed(process.stdin, clientRequest)) {
    while (running.size >= parallel) await Promise.race(running);
    const answered = invoke(asked)
      .then((value): ClientCompatResponse['result'] => ({ case: 'response', value }))
      .catch((error: unknown): ClientCompatResponse['result'] => ({ case: 'error', value: { message: String(error) } }))
      .then((result) => {
        process.stdout.write(framed({ testName: asked.testName, result }, clientResponse));
        running.delete(answered);
      });
    running.add(answered);
  }
  await Promise.all(running);
}

process.once('SIGTERM', () => process.exit(0));
await main();
