import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runProgram } from '../program.ts';

const program = fileURLToPath(new URL('tracing/instrumented.ts', import.meta.url));

interface Report {
  readonly instrumented: boolean;
  readonly warnings: readonly string[];
  readonly spans: readonly string[];
}

async function report(way: 'require' | 'import'): Promise<Report> {
  const { stdout, stderr } = await runProgram(program, [way]);
  expect(stderr).not.toContain('Error');
  return JSON.parse(stdout) as Report;
}

const ownSpans = ['Unary', 'ServerStream', 'ClientStream', 'Bidi'].flatMap((method) =>
  Array(2).fill(`flowrpc suite.Probe/${method}`),
);

test('the official gRPC instrumentation makes no spans for calls of flowrpc, and tracing() warns once that it is active', async () => {
  const { instrumented, warnings, spans } = await report('require');

  expect(instrumented).toBe(true);
  expect(spans).toEqual(ownSpans);
  expect(warnings).toEqual([expect.stringContaining('FlowrpcWarning: tracing() is used while @opentelemetry/')]);
});

test('tracing() warns only of an instrumentation that patched grpc-js, which import alone may not let it', async () => {
  const { instrumented, warnings, spans } = await report('import');

  expect(spans).toEqual(ownSpans);
  expect(warnings).toHaveLength(instrumented ? 1 : 0);
});
