import { isGrpcInstrumented } from 'flowrpc';

let warned = false;

/** Says once that `@opentelemetry/instrumentation-grpc` is at work too, which sees other calls of grpc-js than ours. */
export function warnOfOverlap(): void {
  if (warned || !isGrpcInstrumented()) return;
  warned = true;
  process.emitWarning(
    'tracing() is used while @opentelemetry/instrumentation-grpc is active. The instrumentation makes no spans for calls of flowrpc; ' +
      'it does, by older conventions, for clients and servers of bare grpc-js in this process. Disable it unless you have those',
    { type: 'FlowrpcWarning', code: 'FLOWRPC_INSTRUMENTED' },
  );
}
