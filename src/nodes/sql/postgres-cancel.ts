import { connect, type LookupFunction } from 'node:net';

/** What a server told of a connection when it was opened, and where the server is. */
export interface Backend {
  readonly host: string;
  readonly port: number;
  readonly processID: number | null;
  readonly secretKey: number | Uint8Array | null;
}

const cancelCode = 80_877_102;
const longestMs = 2_000;

/** Asks a server to stop what it does for a connection (PostgreSQL protocol, "CancelRequest"). Resolves when it has heard, or gave no answer. */
export function requestCancel({ host, port, processID, secretKey }: Backend, lookup: LookupFunction): Promise<void> {
  if (processID === null || secretKey === null) return Promise.resolve();
  const key = typeof secretKey === 'number' ? int32(secretKey) : secretKey;
  const message = Buffer.concat([int32(12 + key.length), int32(cancelCode), int32(processID), key]);
  return new Promise((resolve) => {
    const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect({ port, host, lookup });
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve();
    };
    const timer = setTimeout(end, longestMs);
    socket.on('error', end).on('close', end).on('data', end);
    // The server closes when it is done.
    socket.write(message);
  });
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}
