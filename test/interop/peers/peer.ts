import { fileURLToPath } from 'node:url';

export const protoFile = fileURLToPath(new URL('../peer.proto', import.meta.url));

export interface Message {
  text: string;
  n: number;
  data: Uint8Array;
}

export type Kind = 'unary' | 'serverStream' | 'clientStream' | 'bidi';
export const kinds: readonly Kind[] = ['unary', 'serverStream', 'clientStream', 'bidi'];

/** How a call ended, told the same way whoever made it. */
export interface Outcome {
  replies: Message[];
  code: number;
  message: string;
  /** The values of `x-echo` in the response header. */
  header: string[];
  /** The bytes of `x-echo-bin` in the trailer. */
  trailer: Uint8Array[];
  /** Reasons of `google.rpc.ErrorInfo` details, where the peer can read them. */
  reasons?: string[];
}

export interface CallSpec {
  kind: Kind;
  /** One for the kinds that take one. */
  requests: readonly Message[];
  /** Sent as `x-echo`. */
  echo?: readonly string[];
  /** Sent as `x-echo-bin`. */
  echoBin?: Uint8Array;
  timeoutMs?: number;
  /** Cancel once the call is under way. */
  cancelAfterMs?: number;
}

export interface PeerClient {
  call(spec: CallSpec): Promise<Outcome>;
  close(): Promise<void>;
}

export interface PeerServer {
  readonly port: number;
  /** How calls with the text `wait` ended, as their handlers saw it. */
  readonly waited: string[];
  close(): Promise<void>;
}

/**
 * One implementation as both sides. Its server echoes; a request with the text `fail` ends NOT_FOUND with an ErrorInfo, with
 * `wait` it goes on until its caller leaves. `x-echo` comes back in the header, `x-echo-bin` in the trailer.
 */
export interface Peer {
  readonly name: string;
  serve(): Promise<PeerServer>;
  connect(port: number): PeerClient;
}

/** What every server answers to a message; undefined to wait, an Error to fail. */
export function answer({ text, n, data }: Message): Message | 'fail' | 'wait' {
  return text === 'fail' || text === 'wait' ? text : { text: text.toUpperCase(), n: n + 1, data };
}

export const failMessage = 'no such thing: 漢字 "quoted" 100% \n second line';
export const failReason = 'NO_SUCH_THING';

/** The code of a failure that a runtime reports in its own way. */
export function sum(messages: readonly Message[]): Message {
  return {
    text: messages.map(({ text }) => text).join(),
    n: messages.reduce((total, { n }) => total + n, 0),
    data: messages.at(-1)?.data ?? new Uint8Array(),
  };
}
