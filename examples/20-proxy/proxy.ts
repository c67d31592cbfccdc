import { defineKind, oneToOne } from 'flowrpc/nodes';
import { z } from 'zod';

/** A request as a listener would hand it on. */
export interface ProxyRequest {
  method?: string;
  path?: string;
  body?: string;
}

/** Passes requests on to its urls, one after the other. */
export const proxy = defineKind({
  kind: 'proxy',
  spec: z.object({ urls: z.array(z.url()).min(1) }),
  setup({ urls }) {
    let next = 0;
    return oneToOne(async ({ method = 'GET', path = '/', body }: ProxyRequest, { signal }) => {
      const url = new URL(path, urls[next++ % urls.length]);
      // With the signal a cancelled call, or one whose time is up, ends the request too.
      const response = await fetch(url, { method, body, signal });
      return { status: response.status, body: await response.text() };
    });
  },
});
