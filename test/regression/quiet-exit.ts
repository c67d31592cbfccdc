import { connect, createServer, silentLogger } from 'flowrpc';
import { echo, ProbeService } from '../suites/probe-service.ts';

/* Opens, uses and closes everything twenty times over; a process with nothing left open ends by itself. */
process.on('warning', (warning) => {
  process.stdout.write(`warning: ${warning.message}\n`);
  process.exitCode = 1;
});
for (let round = 0; round < 20; round++) {
  const server = createServer({ logger: silentLogger }).add(ProbeService, echo);
  const { address } = await server.listen('127.0.0.1:0');
  const channel = connect(address);
  const client = channel.client(ProbeService);
  await Promise.all(Array.from({ length: 50 }, (_, n) => client.unary({ text: '', n })));
  for await (const { n } of client.serverStream({ text: '', n: 100 })) if (n === 3) break;
  await client.bidi([{ text: '', n: 1 }]).next();
  await channel.close();
  await server.close({ graceMs: 100 });
}
process.stdout.write(
  `open: ${
    process
      .getActiveResourcesInfo()
      .filter((name) => !/^(TTY|Pipe|PipeWrap)/.test(name))
      .join() || 'nothing'
  }\n`,
);
