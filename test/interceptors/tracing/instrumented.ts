/**
 * Calls of flowrpc with the official instrumentation of grpc-js registered; with `require` it meets grpc-js on the way it can patch.
 * Prints warnings and spans.
 */
import { createRequire } from 'node:module';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { GrpcInstrumentation } from '@opentelemetry/instrumentation-grpc';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';

const memory = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(memory)] });
provider.register({ contextManager: new AsyncLocalStorageContextManager() });
const instrumentation = new GrpcInstrumentation();
instrumentation.setTracerProvider(provider);
const require = createRequire(import.meta.url);
if (process.argv[2] === 'require') require('@grpc/grpc-js');

const warnings: string[] = [];
process.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`));

const { connect, createServer, isGrpcInstrumented, silentLogger } = await import('flowrpc');
const { tracing } = await import('flowrpc/interceptors');
const { echo, ProbeService } = await import('../../suites/probe-service.ts');
const { kinds, run } = await import('../../suites/kinds.ts');
const server = createServer({ interceptors: [tracing()], logger: silentLogger }).add(ProbeService, echo);
const { address } = await server.listen('127.0.0.1:0');
const channel = connect(address, { interceptors: [tracing(), tracing()] });
for (const kind of kinds) await run(channel.client(ProbeService), kind);
await channel.close();
await server.close();

const spans = memory.getFinishedSpans().map(({ name, instrumentationScope }) => `${instrumentationScope.name} ${name}`);
console.log(JSON.stringify({ instrumented: isGrpcInstrumented(), warnings, spans }));
