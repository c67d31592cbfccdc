import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CallOptions,
  type Channel,
  type Codec,
  connect,
  type StatusError,
  type StreamCall,
  streamsRequests,
  streamsResponses,
  type UnaryCall,
} from 'flowrpc';
import {
  type ClientCompatRequest,
  type ClientResponseResult,
  ConformanceService,
  headersOf,
  metadataOf,
  type Payload,
  type RpcError,
} from './messages.ts';

/** A call that hangs must not stop the whole run, which waits 20 s for any answer. */
const watchdogMs = 15_000;
const gzip = 2;

type Reply = { payload?: Payload };

/** Makes the call that is asked for, as it is asked for. Failures of the call are in the result; it rejects when there was none. */
export async function invoke(asked: ClientCompatRequest): Promise<ClientResponseResult> {
  await using channel = channelTo(asked);
  return await new Invocation(channel, asked).run();
}

function channelTo({ host, port, serverTlsCert, clientTlsCreds, messageReceiveLimit }: ClientCompatRequest): Channel {
  const own = clientTlsCreds && { cert: Buffer.from(clientTlsCreds.cert), key: Buffer.from(clientTlsCreds.key) };
  return connect(`${host}:${port}`, {
    maxReceiveBytes: messageReceiveLimit,
    timeoutMs: Number.POSITIVE_INFINITY,
    trace: false,
    ...(serverTlsCert.length > 0 && { tls: { ca: Buffer.from(serverTlsCert), ...own } }),
  });
}

class Invocation {
  readonly #channel: Channel;
  readonly #asked: ClientCompatRequest;
  readonly #stop = new AbortController();
  readonly #payloads: Payload[] = [];
  #unsent: number;

  constructor(channel: Channel, asked: ClientCompatRequest) {
    this.#channel = channel;
    this.#asked = asked;
    this.#unsent = 0;
  }

  async run(): Promise<ClientResponseResult> {
    const { service, method: name, compression, requestHeaders, timeoutMs } = this.#asked;
    const method = Object.values(ConformanceService.methods).find((one) => one.name === name);
    if (service !== ConformanceService.name || method === undefined) throw new Error(`There is no ${service}/${name}`);
    const client = this.#channel.client(ConformanceService) as unknown as Record<
      string,
      (input: unknown, options: CallOptions) => UnaryCall<Reply> | StreamCall<Reply>
    >;
    const watchdog = setTimeout(() => this.#stop.abort(new Error('watchdog')), watchdogMs);
    const input = streamsRequests(method.kind) ? this.#requests(method.request) : this.#message(0, method.request);
    const call = client[method.localName]!(input, {
      metadata: metadataOf(requestHeaders),
      signal: this.#stop.signal,
      compression: compression === gzip ? 'gzip' : 'identity',
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    // A stream of requests ends where it is closed.
    if (!streamsRequests(method.kind)) this.#closedSend();
    const error = await this.#read(call, streamsResponses(method.kind));
    clearTimeout(watchdog);
    return {
      responseHeaders: headersOf(await call.header),
      payloads: this.#payloads,
      ...(error !== undefined && { error }),
      responseTrailers: headersOf(await call.trailer),
      numUnsentRequests: this.#unsent,
    };
  }

  async #read(call: UnaryCall<Reply> | StreamCall<Reply>, streams: boolean): Promise<RpcError | undefined> {
    const timing = this.#asked.cancel?.cancelTiming;
    try {
      if (!streams) {
        this.#took(await (call as UnaryCall<Reply>));
        return undefined;
      }
      if (timing?.case === 'afterNumResponses' && timing.value === 0) this.#stop.abort();
      for await (const reply of call as StreamCall<Reply>) {
        this.#took(reply);
        if (timing?.case === 'afterNumResponses' && this.#payloads.length === timing.value) this.#stop.abort();
      }
      return undefined;
    } catch (thrown) {
      const { code, statusMessage, details } = thrown as StatusError;
      if (code === undefined) throw thrown;
      return { code, message: statusMessage, details: [...details] };
    }
  }

  #took({ payload = {} }: Reply): void {
    this.#payloads.push(payload);
    this.#wake?.();
  }

  #wake: (() => void) | undefined;

  /** One response to each request before the next, where the call is full duplex. */
  async #answered(count: number): Promise<void> {
    while (this.#payloads.length < count && !this.#stop.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#stop.signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  async *#requests(codec: Codec<unknown>): AsyncGenerator<unknown> {
    const { requestMessages, requestDelayMs, cancel } = this.#asked;
    this.#unsent = requestMessages.length;
    const fullDuplex = this.#asked.streamType === fullDuplexStream;
    for (let index = 0; index < requestMessages.length; index++) {
      await sleep(requestDelayMs);
      const message = this.#message(index, codec);
      this.#unsent--;
      yield message;
      if (fullDuplex) await this.#answered(index + 1);
    }
    if (cancel?.cancelTiming?.case === 'beforeCloseSend') {
      this.#stop.abort();
      return;
    }
    this.#closedSend();
  }

  #closedSend(): void {
    const timing = this.#asked.cancel?.cancelTiming;
    if (timing?.case === 'afterCloseSendMs') setTimeout(() => this.#stop.abort(), timing.value);
  }

  #message(index: number, codec: Codec<unknown>): unknown {
    const { value } = this.#asked.requestMessages[index]!;
    return codec.decode(value);
  }
}

const fullDuplexStream = 5;
