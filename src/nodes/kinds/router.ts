import { METHODS } from 'node:http';
import { Code } from '../../core/code.ts';
import { StatusError } from '../../core/status-error.ts';
import { type HttpPayload, isHttpPayload, statusPayload } from '../http/http-payload.ts';
import { pathFault, type Route, RouteTable, routeShape } from '../http/route-table.ts';
import { defineKind } from '../kind.ts';
import { matchPort } from '../names.ts';
import { sendError, sendOr } from '../outlet.ts';
import { checked, fieldsOf, isMapping } from '../schema.ts';

const wanted = 'a list such as [{ method: GET, path: /users/:id, port: "out[0]" }]';

const routes = checked(wanted, (value): Route[] | undefined => {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const known = new Map<string, number>();
  return value.map((item: unknown, index) => {
    const route = routeOf(item);
    if (route === undefined) throw new Error(`route ${index + 1} is not understood, wanted ${wanted}`);
    if (!METHODS.includes(route.method))
      throw new Error(`route ${index + 1} has method ${JSON.stringify(route.method)}, wanted one such as GET`);
    const fault = pathFault(route.path);
    if (fault !== undefined) throw new Error(`route ${index + 1} has path ${JSON.stringify(route.path)}: ${fault}`);
    const shape = routeShape(route);
    const first = known.get(shape);
    if (first !== undefined) throw new Error(`route ${index + 1} is for the same requests as route ${first}`);
    known.set(shape, index + 1);
    return route;
  });
});

function routeOf(item: unknown): Route | undefined {
  if (!isMapping(item, ['method', 'path', 'port'])) return undefined;
  const { method, path, port } = item;
  if (typeof method !== 'string' || typeof path !== 'string' || typeof port !== 'string') return undefined;
  const full = matchPort(['out[*]'], port);
  return full === undefined ? undefined : { method: method.toUpperCase(), path, port: full };
}

/**
 * Sends a request to the port of its route, what the path says added as `params`. A request without route is answered at `error`, by a
 * response and not an Error: 404; 405 with `Allow` when the path has other methods; 204 to OPTIONS; 400 for a path that is malformed.
 */
export const routerKind = defineKind({
  kind: 'router',
  spec: fieldsOf({ routes }),
  fields: ['routes'],
  outputs: ['out[*]', 'error'],
  idempotency: 'no-side-effects',
  async setup({ routes }) {
    const table = await RouteTable.from(routes);
    return {
      process({ payload }, context) {
        if (!isHttpPayload(payload)) return sendError(context, noRequest(payload));
        const { method = 'GET', path = '/' } = payload;
        const match = table.find(method, path);
        if (match === undefined) {
          const answer = unrouted(table, method, path);
          return sendOr(context, 'error', answer, answer);
        }
        const { port, params } = match;
        const routed = params === undefined ? payload : { ...payload, params };
        return sendOr(context, port, routed, routed);
      },
    };
  },
});

function unrouted(table: RouteTable, method: string, path: string): HttpPayload {
  if (isMalformed(path)) return statusPayload(400);
  const allowed = table.allowed(path);
  if (allowed.length === 0) return statusPayload(404);
  return statusPayload(method === 'OPTIONS' ? 204 : 405, { Allow: [allowed.join(', ')] });
}

function isMalformed(path: string): boolean {
  try {
    return !path.startsWith('/') || decodeURIComponent(path) === '';
  } catch {
    return true;
  }
}

function noRequest(payload: unknown): StatusError {
  const came = payload === null ? 'null' : Array.isArray(payload) ? 'a list' : `a ${typeof payload}`;
  return new StatusError(
    Code.INVALID_ARGUMENT,
    `Cannot route ${came}: wanted a request such as { method: "GET", path: "/users" }`,
  );
}
