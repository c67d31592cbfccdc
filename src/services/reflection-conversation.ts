import type { CallOptions } from '../client/call-options.ts';
import type { Channel } from '../client/connect.ts';
import type { StreamCall } from '../client/stream-call.ts';
import { Code, codeOf, type ErrorCode } from '../core/code.ts';
import { Queue } from '../core/queue.ts';
import { StatusError } from '../core/status-error.ts';
import {
  ServerReflection as ReflectionV1,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from '../wire/gen/grpc/reflection/v1/reflection.ts';
import { ServerReflection as ReflectionV1Alpha } from '../wire/gen/grpc/reflection/v1alpha/reflection.ts';
import type { ReflectionAnswer, ReflectionQuestion } from './reflection-answers.ts';

/** The services that servers may answer under, the newest first; their messages are the same. */
export const reflectionVersions = [ReflectionV1, ReflectionV1Alpha] as const;

export type ReflectionVersion = (typeof reflectionVersions)[number];

type AnswerOf<C> = Extract<ReflectionAnswer, { case: C }>['value'];

/** One stream of questions and answers, so that all of them reach the same server. */
export class Conversation {
  /** False until the server has answered once: it may not know this version. */
  answered = false;
  readonly #target: string;
  readonly #requests = new Queue<Partial<ServerReflectionRequest>>();
  readonly #call: StreamCall<ServerReflectionResponse>;

  constructor(channel: Channel, version: ReflectionVersion, options: CallOptions) {
    this.#target = channel.target;
    this.#call = channel.client(version).serverReflectionInfo(this.#requests, options);
  }

  /** The answer to a question; an error in it is thrown with its code. */
  async ask<C extends ReflectionAnswer['case']>(question: ReflectionQuestion, wanted: C): Promise<AnswerOf<C>> {
    // Never more than one question waits, so there is nothing to hold back.
    this.#requests.push({ messageRequest: question });
    const { done, value } = await this.#call.next();
    if (done) throw new StatusError(Code.INTERNAL, `The reflection of "${this.#target}" ended without an answer`);
    this.answered = true;
    const { messageResponse } = value;
    if (messageResponse?.case === wanted) return messageResponse.value as AnswerOf<C>;
    if (messageResponse?.case !== 'errorResponse') {
      throw new StatusError(Code.INTERNAL, `The reflection of "${this.#target}" answered another question`);
    }
    const { errorCode, errorMessage } = messageResponse.value;
    const code = (codeOf(errorCode) || Code.UNKNOWN) as ErrorCode;
    throw new StatusError(code, errorMessage.slice(0, 1_024), { origin: 'peer' });
  }

  /** Settles when the stream is over; never rejects. */
  get over(): Promise<unknown> {
    return this.#call.status;
  }

  /** Nothing more to ask: the server may end the stream in its own time, its deadline holds. */
  end(): void {
    this.#requests.end();
    this.#call.next().then(
      () => this.#call.cancel(),
      () => {},
    );
  }

  cancel(): void {
    this.#requests.end();
    this.#call.cancel();
  }
}
