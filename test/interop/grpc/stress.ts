import { Code, codeName, type Interceptor } from 'flowrpc';
import type { Program } from './peers.ts';

/** What grpc-go's stress client runs at random, with weights. */
export const stressCases = [
  'empty_unary:20',
  'large_unary:15',
  'client_streaming:10',
  'server_streaming:15',
  'ping_pong:15',
  'empty_stream:5',
  'timeout_on_sleeping_server:5',
  'cancel_after_begin:5',
  'cancel_after_first_response:5',
  'status_code_and_message:5',
  'custom_metadata:5',
].join();

/** Ends of the calls that a server had. */
export class StressCount {
  readonly #codes = new Map<Code, number>();

  readonly interceptor: Interceptor = async (call, next) => {
    const status = await next(call);
    this.#codes.set(status.code, (this.#codes.get(status.code) ?? 0) + 1);
    return status;
  };

  /** Takes what was counted since the last time. */
  take(): { calls: number; codes: string; wrong: string[] } {
    const counted = [...this.#codes];
    this.#codes.clear();
    const calls = counted.reduce((sum, [, count]) => sum + count, 0);
    const told = counted.sort(([, a], [, b]) => b - a).map(([code, count]) => `${count} ${codeName(code)}`);
    const wrong = counted.filter(([code]) => !expected.has(code)).map(([code, count]) => `${count} ${codeName(code)}`);
    return { calls, codes: told.join(', '), wrong };
  }
}

/** The cases ask for these ends: a status of UNKNOWN is sent back, others are cancelled or run out of time. */
const expected: ReadonlySet<Code> = new Set([Code.OK, Code.UNKNOWN, Code.CANCELLED, Code.DEADLINE_EXCEEDED]);

/** Calls end well or it exits with another code than 0. */
export function stressClient(command: string, run: { port: number; seconds: number; tls: readonly string[] }): Program {
  return {
    command,
    args: [
      `--server_addresses=127.0.0.1:${run.port}`,
      `--test_cases=${stressCases}`,
      `--test_duration_secs=${run.seconds}`,
      '--num_channels_per_server=4',
      '--num_stubs_per_channel=4',
      '--metrics_port=0',
      ...run.tls,
    ],
  };
}
