import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const proto = fileURLToPath(new URL('../../proto', import.meta.url));
const types = loadSync(`${proto}/flowrpc/v1/dialogue.proto`, { includeDirs: [proto], oneofs: false, defaults: false });
const Client = grpc.makeGenericClientConstructor(types['flowrpc.v1.Dialogue'] as grpc.ServiceDefinition, 'Dialogue');

/** One frame as bare grpc-js reads and writes it: one property, named as its kind. */
export type BareFrame = Record<string, Record<string, unknown>>;

/** The client's end of a dialogue with nothing of ours in it. */
export interface BareDialogue {
  readonly heard: BareFrame[];
  readonly over: Promise<grpc.StatusObject>;
  send(...frames: BareFrame[]): void;
  /** Half-closes. */
  end(): void;
  /** Reads no more; TCP and HTTP/2 flow control hold the server back. */
  pause(): void;
  close(): void;
}

/** Opens a dialogue with bare grpc-js; `answer` gives what it says to a frame. */
export function bareDialogue(
  address: string,
  answer: (frame: BareFrame) => BareFrame | undefined = () => undefined,
): BareDialogue {
  const client = new Client(address, grpc.credentials.createInsecure());
  const open = (client as unknown as Record<string, () => grpc.ClientDuplexStream<BareFrame, BareFrame>>).Open!;
  const stream = open.call(client);
  const heard: BareFrame[] = [];
  const over = new Promise<grpc.StatusObject>((resolve) => {
    stream.on('status', resolve);
  });
  stream.on('error', () => {});
  stream.on('data', (frame: BareFrame) => {
    heard.push(frame);
    const said = answer(frame);
    if (said !== undefined) stream.write(said);
  });
  return {
    heard,
    over,
    send: (...frames) => {
      for (const frame of frames) stream.write(frame);
    },
    end: () => stream.end(),
    pause: () => stream.pause(),
    close: () => {
      stream.cancel();
      client.close();
    },
  };
}
