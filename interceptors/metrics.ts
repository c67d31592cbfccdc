import { type Call, type Interceptor, key, streamsRequests, streamsResponses } from 'flowrpc';
import { Bindings } from './metrics/metrics-binding.ts';
import type { AttemptSeries, CallSeries } from './metrics/metrics-dialect.ts';
import { type MetricsOptions, selectDialects } from './metrics/metrics-selection.ts';
import { StreamTraffic } from './metrics/metrics-streams.ts';
import { onAttempt } from './retry/attempts.ts';

/** Who counts a call of a node already: it passes a server's interceptors and its graph's. */
const countedKey = key('metrics', { perCall: () => new Set<object>() });

/**
 * Counts each call once, from its start to its status, and tells of it under the names of one or more dialects. Put it far out, so that
 * what other interceptors refuse and repeat is in it.
 */
export function metrics(options: MetricsOptions = {}): Interceptor {
  const { dialects, recorder } = selectDialects(options);
  const bindings = new Bindings(dialects);
  for (const service of options.services ?? []) bindings.prepare(service);
  const streams = new Set<StreamTraffic>();
  options.registry?.beforeExport(() => {
    for (const stream of streams) stream.tell();
  });

  return async function metrics(call, next) {
    const { method, traffic } = call;
    if (method.node !== undefined && counted(call, recorder)) return next(call);
    const series = bindings.of(call);
    const single = !streamsRequests(method.kind) && !streamsResponses(method.kind);
    const stream = single ? undefined : new StreamTraffic(series, traffic);
    if (stream !== undefined) streams.add(stream);
    const attempts = attemptsOf(series, call);
    const heard = attempts === undefined ? call : listening(call, attempts);
    for (const each of series) each.started?.();
    const start = performance.now();
    const status = await next(heard);
    const seconds = (performance.now() - start) / 1_000;
    if (stream === undefined) {
      for (const each of series) each.moved?.(traffic);
    } else {
      streams.delete(stream);
      stream.tell();
    }
    for (const each of series) each.ended?.(status, seconds, traffic);
    if (attempts !== undefined) for (const each of attempts) each.ended(status, seconds);
    return status;
  };
}

function counted(call: Call, recorder: object): boolean {
  const by = call.get(countedKey)!;
  if (by.has(recorder)) return true;
  by.add(recorder);
  return false;
}

function attemptsOf(series: readonly CallSeries[], call: Call): readonly AttemptSeries[] | undefined {
  let made: AttemptSeries[] | undefined;
  for (const each of series) {
    if (each.attempts !== undefined) (made ??= []).push(each.attempts(call));
  }
  return made;
}

function listening(call: Call, attempts: readonly AttemptSeries[]): Call {
  return onAttempt(call, (event) => {
    for (const each of attempts) each.heard(event);
  });
}
