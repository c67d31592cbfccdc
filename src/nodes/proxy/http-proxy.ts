import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { remaining } from '../../core/deadline.ts';
import { Activation } from '../activation.ts';
import { ByteStream } from '../byte-stream.ts';
import type { HttpPayload } from '../http/http-payload.ts';
import { exchangeKey } from '../http/server-exchange-info.ts';
import type { NodeContext, NodeInstance, SetupContext } from '../node-context.ts';
import { onCancel } from '../on-cancel.ts';
import { sendOutputOf } from '../one-to-one.ts';
import type { Packet } from '../packet.ts';
import { type Backend, gatewayError, NotSent, sendTo } from './backend-request.ts';
import { proxiedAnswer } from './proxied-answer.ts';
import { type ProxiedRequest, proxiedRequest } from './proxied-request.ts';

export interface ProxyOptions {
  readonly urls: readonly URL[];
  readonly timeoutMs: number;
  readonly bufferBytes: number;
  readonly trustForwarded: boolean;
  /** To one backend, at a time. */
  readonly maxConnections: number;
}

/** Shorter than the time after which servers close connections that are idle. */
const idleMs = 4_000;

/** Sends requests on to backends, one after the other, and gives their answers. */
export class HttpProxy implements NodeInstance {
  readonly #options: ProxyOptions;
  readonly #backends: readonly Backend[];
  readonly #agents: readonly Agent[];
  #next = 0;

  constructor(options: ProxyOptions, { node, outbound }: SetupContext) {
    this.#options = options;
    const keeping = {
      keepAlive: true,
      maxSockets: options.maxConnections,
      timeout: idleMs,
      scheduling: 'lifo',
    } as const;
    const plain = new Agent(keeping);
    const secure = new SecureAgent(keeping);
    this.#agents = [plain, secure];
    this.#backends = options.urls.map((url) => {
      outbound.trust(url);
      return {
        url,
        agent: url.protocol === 'https:' ? secure : plain,
        lookup: outbound.lookup,
        node: node.service,
      };
    });
  }

  process({ payload }: Packet, context: NodeContext): unknown {
    return sendOutputOf(() => this.#forward(payload, context), context);
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  async #forward(payload: unknown, context: NodeContext): Promise<HttpPayload> {
    const request = await proxiedRequest(payload, {
      exchange: context.process.get(exchangeKey),
      parent: context instanceof Activation ? context.call : undefined,
      trustForwarded: this.#options.trustForwarded,
    });
    const timeoutMs = Math.max(1, Math.min(this.#options.timeoutMs, remaining(context.deadline)));
    const first = this.#next;
    this.#next = (first + 1) % this.#backends.length;
    const unreached: string[] = [];
    const until = Date.now() + timeoutMs;
    for (let tried = 0; tried < this.#backends.length; tried++) {
      const backend = this.#backends[(first + tried) % this.#backends.length]!;
      try {
        return await this.#ask(backend, request, context, Math.max(1, remaining(until)));
      } catch (thrown) {
        if (!(thrown instanceof NotSent)) throw thrown;
        unreached.push(thrown.message);
        context.log.warn('backend is not reached', { url: backend.url.origin, error: thrown });
      }
    }
    throw gatewayError(502, `Cannot reach any backend: ${unreached.slice(0, 3).join('; ')}`, context.node.service);
  }

  async #ask(backend: Backend, request: ProxiedRequest, context: NodeContext, timeoutMs: number): Promise<HttpPayload> {
    const { response, cut, release } = await sendTo(backend, request, {
      timeoutMs,
      onCancel: (listener) => onCancel(context, listener),
    });
    try {
      const { bufferBytes } = this.#options;
      const answer = await proxiedAnswer(response, { method: request.method, bufferBytes, cut });
      if (answer.body instanceof ByteStream) answer.body.until(context.process);
      return answer;
    } finally {
      release();
    }
  }
}
