import type { Client } from '../client/client.ts';
import type { Channel } from '../client/connect.ts';
import { ControlService } from '../runtime/control-service.ts';
import { checkControlToken } from '../runtime/control-token.ts';
import { parseTarget } from '../transport/grpc/target.ts';
import type { ControlClientOptions } from './control-options.ts';
import { findControlToken, readControlToken } from './control-token-file.ts';
import { asUsage } from './exit.ts';
import { readHeaders } from './headers.ts';
import { channelWith } from './target-options.ts';

/** The Control service of a server, as commands use it. */
export interface ControlChannel extends AsyncDisposable {
  readonly channel: Channel;
  readonly client: Client<(typeof ControlService)['methods']>;
}

/** A channel to the Control service of HOST, with its token. */
export async function openControl(host: string, options: ControlClientOptions): Promise<ControlChannel> {
  const { local } = asUsage(() => parseTarget(host));
  const headers = await readHeaders(options);
  if (!headers.has('authorization')) headers.set('authorization', `Bearer ${await tokenFor(host, local, options)}`);
  const channel = channelWith(headers, host, options);
  return {
    channel,
    client: channel.client(ControlService),
    [Symbol.asyncDispose]: () => channel.close(),
  };
}

async function tokenFor(host: string, local: boolean, { controlTokenFile }: ControlClientOptions): Promise<string> {
  const given = process.env.FLOWRPC_CONTROL_TOKEN;
  const ways = '--control-token-file or FLOWRPC_CONTROL_TOKEN';
  let token: string;
  if (controlTokenFile !== undefined) token = await readControlToken(controlTokenFile);
  else if (given !== undefined && given !== '') token = given;
  // The token of a server here is nothing to show to one elsewhere.
  else if (!local) throw new Error(`Cannot control "${host}": wanted its control token, by ${ways}`);
  else {
    try {
      token = await findControlToken(host);
    } catch (error) {
      throw new Error(`${(error as Error).message}; is a server there? Give another token by ${ways}`, {
        cause: error,
      });
    }
  }
  checkControlToken(token);
  return token;
}
