import type { Codec, Method, Service } from 'flowrpc';

export interface Probe {
  text: string;
  n: number;
}

const json: Codec<Probe> = {
  typeName: '',
  encode: (message) => new TextEncoder().encode(JSON.stringify(message)),
  decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as Probe,
};

/** One unary method whose codec costs next to nothing beside a socket. */
export const ProbeService: Service<{ unary: Method<Probe, Probe, 'unary'> }> = {
  name: 'bench.Probe',
  files: [],
  methods: {
    unary: {
      name: 'Unary',
      localName: 'unary',
      service: 'bench.Probe',
      path: '/bench.Probe/Unary',
      kind: 'unary',
      known: true,
      idempotency: 'unknown',
      request: json,
      response: json,
    },
  },
};
