import type { Socket } from 'node:net';

/** RST, and nothing before it: `resetAndDestroy()` of Node ends the stream first, so that its peer may see a clean end and no more. */
export function reset(socket: Socket): void {
  if (socket.destroyed) return;
  Object.assign(socket, { resetAndClosing: true });
  socket.destroy();
}
