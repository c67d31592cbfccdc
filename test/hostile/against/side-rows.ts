import * as grpc from '@grpc/grpc-js';
import { createServer, silentLogger } from 'flowrpc';
import { servingCertificate } from './certificates.ts';
import type { SideRow } from './row.ts';

const nobody: SideRow = {
  mark: 'T-02',
  input: 'a server that wants certificates of its callers, and was told of no authority',
  wanted: 'an error at its start',
  look: async (side) => {
    const { cert, key } = await servingCertificate();
    try {
      if (side === 'ours') {
        await using server = createServer({ logger: silentLogger });
        await server.listen('127.0.0.1:0', { tls: { cert, key, clientCertificate: 'require' } });
      } else {
        const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) };
        grpc.ServerCredentials.createSsl(null, [pair], true);
      }
      return { said: 'starts, and believes whom the public authorities do', good: false };
    } catch (error) {
      const { message } = error as Error;
      return { said: 'an error', good: /ca\b|authority/i.test(message) };
    }
  },
};

/** What is wrong before anybody calls. */
export const sideRows: readonly SideRow[] = [nobody];
