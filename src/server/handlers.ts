import type { HandlerContext } from '../core/context.ts';
import type { Init } from '../core/init.ts';
import type { Method, Methods } from '../core/method.ts';

type Awaitable<T> = T | Promise<T>;
type Stream<T> = AsyncIterable<T> | Iterable<T>;

/** What a handler looks like, by kind. Plain values and iterables do as well as promises and generators. */
interface HandlerByKind<I, O> {
  unary: (request: I, context: HandlerContext) => Awaitable<Init<O>>;
  serverStream: (request: I, context: HandlerContext) => Stream<Init<O>>;
  clientStream: (requests: AsyncIterable<I>, context: HandlerContext) => Awaitable<Init<O>>;
  bidi: (requests: AsyncIterable<I>, context: HandlerContext) => Stream<Init<O>>;
}

/** The handler of one method. */
export type Handler<M extends Method> = M extends Method<infer I, infer O, infer K> ? HandlerByKind<I, O>[K] : never;

/** The handlers of a service, by local name. Methods left out answer UNIMPLEMENTED. */
export type Handlers<M extends Methods> = { readonly [N in keyof M]?: Handler<M[N]> };
