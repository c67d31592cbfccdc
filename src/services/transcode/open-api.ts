import { streamsRequests, streamsResponses } from '../../core/method.ts';
import type { Json } from '../../wire/json/json.ts';
import type { FieldSchema } from '../../wire/schema.ts';
import type { Binding } from './binding.ts';
import { OpenApiSchemas } from './open-api-schema.ts';

type Members = { [key: string]: Json };

const verbs = new Set(['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE']);

/** What HTTP reaches, as an OpenAPI 3.1 document. */
export function openApi(bindings: readonly Binding[]): Json {
  const schemas = new OpenApiSchemas();
  const paths = new Map<string, Members>();
  const shapes = new Map<string, string>();
  const ids = new Map<string, number>();
  for (const binding of bindings) {
    const own = openApiPath(binding);
    // Names of parameters do not tell paths apart: the first ones stand for all.
    const shape = own.replace(/\{[^}]+\}/g, '{}');
    const path = shapes.get(shape) ?? own;
    shapes.set(shape, path);
    const verb = binding.verb === '*' ? 'POST' : binding.verb;
    if (!verbs.has(verb)) continue;
    const item = paths.get(path) ?? {};
    paths.set(path, item);
    const { service, name } = binding.method;
    const count = (ids.get(`${service}_${name}`) ?? 0) + 1;
    ids.set(`${service}_${name}`, count);
    const id = `${service}_${name}${count === 1 ? '' : `_${count}`}`;
    item[verb.toLowerCase()] ??= operation(binding, { id, path, schemas });
  }
  return {
    openapi: '3.1.0',
    info: { title: 'gRPC services over HTTP', version: '1' },
    paths: Object.fromEntries(paths),
    components: { schemas: { ...schemas.all, 'google.rpc.Status': statusSchema } },
  };
}

/** `/v1/{name=shelves/*}:archive` as `/v1/shelves/{name}:archive`. */
export function openApiPath({ template: { segments, variables, verb } }: Pick<Binding, 'template'>): string {
  const parts = segments.map((segment, index) => {
    if (typeof segment === 'object') return segment.text;
    const variable = variables.find(({ start, end }) => index >= start && index < end);
    if (variable === undefined) return `{segment_${index + 1}}`;
    const { field, start } = variable;
    const open = (end: number): number => segments.slice(start, end).filter((one) => typeof one === 'string').length;
    return open(variable.end) === 1 ? `{${field}}` : `{${field}_${open(index + 1)}}`;
  });
  return `/${parts.join('/')}${verb === '' ? '' : `:${verb}`}`;
}

function operation(
  binding: Binding,
  { id: operationId, path, schemas }: { id: string; path: string; schemas: OpenApiSchemas },
): Members {
  const { method, body, responseBody } = binding;
  const { service, kind, request, response } = method;
  const answered = responseBody === undefined ? schemas.message(response.schema) : schemas.field(responseBody);
  const streams = streamsResponses(kind);
  const content: Members = streams
    ? { 'application/x-ndjson': { schema: answered }, 'text/event-stream': { schema: answered } }
    : { 'application/json': { schema: answered } };
  const taken = body === 'message' ? schemas.message(request.schema) : body && schemas.field(body);
  const parameters = [...pathParameters(path), ...queryParameters(binding, schemas)];
  return {
    operationId,
    tags: [service],
    ...(parameters.length > 0 && { parameters }),
    ...(taken !== undefined && {
      requestBody: {
        required: body !== 'message',
        content: { [streamsRequests(kind) ? 'application/x-ndjson' : 'application/json']: { schema: taken } },
      },
    }),
    responses: {
      '200': { description: streams ? 'The responses, one a line' : 'The response', content },
      default: {
        description: 'What failed',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/google.rpc.Status' } } },
      },
    },
  };
}

function pathParameters(path: string): Members[] {
  const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name!);
  return names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
}

/** The fields of the message itself that a text can say; those of messages inside are `outer.inner`. */
function queryParameters({ method, body, variables }: Binding, schemas: OpenApiSchemas): Members[] {
  if (body === 'message') return [];
  const taken = new Set([...variables.values()].map(([first]) => first));
  const fields = method.request.schema.fields.filter((field) => field !== body && !taken.has(field));
  const found: Members[] = [];
  for (const field of fields) addParameters(found, field, '', { schemas, depth: 0 });
  return found;
}

/** Of one operation. Messages of many fields that hold each other would have millions. */
const maxParameters = 500;

function addParameters(
  found: Members[],
  field: FieldSchema,
  prefix: string,
  { schemas, depth }: { schemas: OpenApiSchemas; depth: number },
): void {
  const name = prefix + field.jsonName;
  if (field.map !== undefined || found.length >= maxParameters) return;
  const isMessage = field.type === 'message' && !field.message!.name.startsWith('google.protobuf.');
  if (!isMessage) found.push({ name, in: 'query', schema: schemas.field(field) });
  else if (!field.list && depth < 3)
    for (const inner of field.message!.fields) addParameters(found, inner, `${name}.`, { schemas, depth: depth + 1 });
}

const statusSchema: Members = {
  type: 'object',
  properties: {
    code: { type: 'integer', description: 'A code of gRPC' },
    message: { type: 'string' },
    details: {
      type: 'array',
      items: { type: 'object', properties: { '@type': { type: 'string' } }, additionalProperties: true },
    },
  },
};
