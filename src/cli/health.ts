import { Interrupt } from '../server/interrupt.ts';
import { Health } from '../wire/gen/grpc/health/v1/health.ts';
import { ExitCode } from './exit.ts';
import { jsonLine, print } from './output.ts';
import { openChannel, type TargetOptions } from './target-options.ts';

export interface HealthCommandOptions extends TargetOptions {
  watch?: boolean;
}

/** `flowrpc health HOST [SERVICE]`: fails unless the answer is SERVING. With `watch`, a line for each change until interrupted. */
export async function health(host: string, service = '', options: HealthCommandOptions): Promise<number> {
  using interrupt = new Interrupt();
  await using channel = await openChannel(host, options);
  const client = channel.client(Health);
  const call = { signal: interrupt.signal, timeoutMs: options.timeout };
  const show = ({ status }: { status: string | number }): Promise<void> =>
    print(options.json ? jsonLine({ service, status }) : String(status));
  try {
    if (!options.watch) {
      const response = await client.check({ service }, { ...call, timeoutMs: options.timeout ?? 5_000 });
      await show(response);
      return response.status === 'SERVING' ? ExitCode.ok : ExitCode.failed;
    }
    for await (const response of client.watch({ service }, call)) await show(response);
    throw new Error(`Cannot watch "${service}" any longer: the server ended the watch`);
  } catch (error) {
    if (interrupt.exitCode !== undefined) return interrupt.exitCode;
    throw error;
  }
}
