import type { IncomingMessage } from 'node:http';

/** The body of an answer as it comes; ends with an error when it was cut. What is given up is not read on, and its connection is closed. */
export async function* readChunks(response: IncomingMessage, cut: () => Error): AsyncGenerator<Uint8Array> {
  let wake: () => void = () => {};
  let failed = false;
  const onReadable = (): void => wake();
  const onClose = (): void => {
    failed = !response.complete;
    wake();
  };
  response.on('readable', onReadable).on('end', onReadable).on('close', onClose).on('error', onClose);
  try {
    for (;;) {
      const chunk = response.read() as Buffer | null;
      if (chunk !== null) yield chunk;
      else if (response.readableEnded) return;
      else if (failed || response.destroyed) throw cut();
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    response.off('readable', onReadable).off('end', onReadable).off('close', onClose);
    if (!response.readableEnded) response.destroy();
  }
}
