import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ToldSpan } from './processes.ts';

/** An OTLP collector over HTTP that takes JSON and keeps what it is sent. */
export interface Collector extends AsyncDisposable {
  readonly endpoint: string;
  readonly spans: readonly ToldSpan[];
  readonly requests: readonly { readonly path: string; readonly type: string | undefined }[];
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Exported {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string };
      readonly spans: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly name: string;
        readonly kind: number;
        readonly attributes: readonly Attribute[];
      }[];
    }[];
  }[];
}

export async function startCollector(): Promise<Collector> {
  const spans: ToldSpan[] = [];
  const requests: { path: string; type: string | undefined }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    requests.push({ path: request.url!, type: request.headers['content-type'] });
    spans.push(...read(JSON.parse(text) as Exported));
    response.setHeader('content-type', 'application/json').end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function read({ resourceSpans }: Exported): ToldSpan[] {
  return resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map(({ name, kind, traceId, spanId, parentSpanId, attributes }) => ({
        service: scope.name,
        name,
        kind,
        traceId,
        spanId,
        parent: parentSpanId || undefined,
        node: textOf(attributes, 'flowrpc.node'),
      })),
    ),
  );
}

function textOf(attributes: readonly Attribute[], name: string): unknown {
  return attributes.find(({ key }) => key === name)?.value.stringValue;
}
