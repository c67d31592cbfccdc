import { streamsRequests, streamsResponses } from '../../core/method.ts';
import type { Binding } from './binding.ts';
import { openApiPath } from './open-api.ts';

/** A page that lists what HTTP reaches. It needs nothing from anywhere else, and runs no script. */
export function openApiPage(bindings: readonly Binding[]): { headers: Record<string, string>; body: string } {
  const services = new Map<string, Binding[]>();
  for (const binding of bindings) {
    const { service } = binding.method;
    const known = services.get(service);
    if (known === undefined) services.set(service, [binding]);
    else known.push(binding);
  }
  const parts = [...services].sort(([a], [b]) => (a < b ? -1 : 1)).map(([service, own]) => section(service, own));
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>gRPC services over HTTP</title>
<style>${style}</style>
</head>
<body>
<h1>gRPC services over HTTP</h1>
<p><a href="openapi.json">openapi.json</a></p>
${parts.join('\n')}
</body>
</html>
`;
  return {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
    },
    body,
  };
}

const style = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}
h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
td{border-top:1px solid #8884;padding:.3rem .8rem .3rem 0;vertical-align:top}code{font-size:.9rem}
:root{color-scheme:light dark}`;

function section(service: string, bindings: readonly Binding[]): string {
  const rows = bindings.map((binding) => {
    const { kind, request, response } = binding.method;
    const taken = `${streamsRequests(kind) ? 'stream of ' : ''}${request.typeName}`;
    const given = `${streamsResponses(kind) ? 'stream of ' : ''}${response.typeName}`;
    const verb = binding.verb === '*' ? 'any' : binding.verb;
    return `<tr><td><code>${escaped(verb)}</code></td><td><code>${escaped(openApiPath(binding))}</code></td><td>${escaped(taken)} → ${escaped(given)}</td></tr>`;
  });
  return `<h2>${escaped(service)}</h2>\n<table>\n${rows.join('\n')}\n</table>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
