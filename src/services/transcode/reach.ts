import { connect } from '../../client/connect.ts';
import { detached } from '../../core/current.ts';
import { inProcess } from '../../transport/in-process.ts';
import { MethodCalls } from './method-calls.ts';
import {
  givenServices,
  namedServices,
  ReflectedServices,
  type ServiceSource,
  servedServices,
} from './service-source.ts';
import type { TranscoderOptions } from './transcoder-options.ts';

/** What a transcoder knows and calls. */
export interface Reach {
  readonly calls: MethodCalls;
  readonly source: ServiceSource;
  /** Ends calls under way; a channel that was given stays open. */
  close(): Promise<void>;
}

/** The services of a server in this process, or behind a channel. */
export function reachOf({ server, channel, services }: TranscoderOptions): Reach {
  const listed = typeof services === 'function' ? undefined : services;
  const wanted = typeof services === 'function' ? services : namedServices(listed as readonly string[] | undefined);
  if (server !== undefined) {
    const own = detached(() => connect(inProcess(server, { maxReceiveBytes: Number.POSITIVE_INFINITY })));
    return { calls: new MethodCalls(own), source: servedServices(server, wanted), close: () => own.close() };
  }
  const calls = new MethodCalls(channel!);
  const given = listed?.filter((service) => typeof service !== 'string') ?? [];
  if (given.length > 0) return { calls, source: givenServices(given), close: () => Promise.resolve() };
  const source = new ReflectedServices(channel!, wanted);
  return { calls, source, close: () => source.close() };
}
