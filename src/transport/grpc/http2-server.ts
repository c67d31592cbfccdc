import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type SecureServerOptions,
  type ServerOptions,
} from 'node:http2';
import type { ListenerSettings } from './listener-options.ts';

/** Headers beyond this are refused by HTTP/2 itself, before they cost anything; below it the call gets a status. */
const headerListBytes = 32 * 1024;
const headerListPairs = 512;

/** Speaks HTTP/2 on the sockets it is given by `emit('connection', socket)`; listens nowhere itself. */
export function createHttp2(
  { maxConcurrentStreams, maxSessionMemoryMb, flowControlWindow, handshakeTimeoutMs }: ListenerSettings,
  secure: SecureServerOptions | undefined,
): Http2Server | Http2SecureServer {
  const options: ServerOptions = {
    maxSessionMemory: maxSessionMemoryMb,
    maxHeaderListPairs: headerListPairs,
    settings: {
      maxConcurrentStreams,
      initialWindowSize: flowControlWindow,
      maxHeaderListSize: headerListBytes,
      enablePush: false,
    },
  };
  const server =
    secure === undefined
      ? createServer(options)
      : createSecureServer({ ...options, ...secure, handshakeTimeout: handshakeTimeoutMs });
  return server.setTimeout(0);
}
