#!/usr/bin/env node
import { flushOutput, watchOutput } from './output.ts';
import { run } from './program.ts';

// Whoever runs a command cannot act on them; TLS to an IP address would print one.
process.noDeprecation = true;
watchOutput();
const code = await run(process.argv.slice(2));
await flushOutput();
// What a command was waiting for, such as a terminal's stdin, must not keep the process.
process.exit(code);
