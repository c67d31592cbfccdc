/**
 * What happens to the connections of a channel. An `address` is `127.0.0.1:50051`, `[::1]:50051` or the path of a socket. `attempt`
 * counts the attempts in a row, from 1, for each address of the target by itself; it starts again after a connection.
 */
export type ConnectionEvent =
  | { readonly type: 'connecting'; readonly address: string; readonly attempt: number }
  /** Also when the connection is there already, opened by a channel with other options. */
  | { readonly type: 'connected'; readonly address: string; readonly attempt: number }
  | {
      readonly type: 'failed';
      /** Undefined when the name of the target could not be looked up. */
      readonly address: string | undefined;
      readonly attempt: number;
      readonly error: string;
      /** Milliseconds until the next attempt may start; undefined when there is none until `reconnect()`. */
      readonly retryInMs: number | undefined;
    }
  /** A connection ended, whoever ended it; the next call opens another. */
  | { readonly type: 'disconnected'; readonly address: string }
  /** As many attempts as `reconnect.attempts` allows have failed, for each address. */
  | { readonly type: 'gave-up'; readonly attempts: number; readonly error: string };
