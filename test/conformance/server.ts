import { createServer, type ServerTls } from 'flowrpc';
import { framed, readFramed } from './framed.ts';
import { handlers } from './handlers.ts';
import { ConformanceService, type ServerCompatRequest, serverRequest, serverResponse } from './messages.ts';

/** The server under test: reads how it is to listen from stdin, says on stdout where it does, and serves until it is told to stop. */
async function main(): Promise<void> {
  for await (const asked of readFramed(process.stdin, serverRequest)) {
    const server = createServer({
      limits: { maxReceiveBytes: asked.messageReceiveLimit },
      // What callers said is echoed: nothing is added to it.
      maxTimeoutMs: Number.POSITIVE_INFINITY,
      logger: toStderr,
    }).add(ConformanceService, handlers as never);
    const tls = tlsOf(asked);
    const { port } = await server.listen('127.0.0.1:0', tls === undefined ? {} : { tls });
    const pemCert = asked.useTls ? asked.serverCreds!.cert : undefined;
    process.stdout.write(
      framed({ host: '127.0.0.1', port, ...(pemCert !== undefined && { pemCert }) }, serverResponse),
    );
    process.once('SIGTERM', () => void server.close({ graceMs: 1_000 }).then(() => process.exit(0)));
    return;
  }
}

function tlsOf({ useTls, serverCreds, clientTlsCert }: ServerCompatRequest): ServerTls | undefined {
  if (!useTls) return undefined;
  const { cert, key } = serverCreds!;
  const own = { cert: Buffer.from(cert), key: Buffer.from(key) };
  return clientTlsCert.length === 0 ? own : { ...own, ca: Buffer.from(clientTlsCert), clientCertificate: 'require' };
}

const toStderr = {
  debug() {},
  info() {},
  warn: (message: string, fields?: object) => console.error(message, fields),
  error: (message: string, fields?: object) => console.error(message, fields),
};

await main();
