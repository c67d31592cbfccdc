import { Code, type Codec, type Handlers, type Method, type MethodKind, type Service, StatusError } from 'flowrpc';

/** A message of the suites: text, a number, and optional bulk. */
export interface Probe {
  text: string;
  n: number;
  bulk?: string;
}

/** JSON between the wire and the suites: what is tested here is the call, not the codec. */
const json: Codec<Probe> = {
  typeName: '',
  encode(message) {
    if (typeof message !== 'object' || message === null)
      throw new StatusError(Code.INVALID_ARGUMENT, `Cannot encode a probe: ${String(message)}`);
    return new TextEncoder().encode(JSON.stringify(message));
  },
  decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)) as Probe,
};

function method<K extends MethodKind>(name: string, kind: K): Method<Probe, Probe, K> {
  const localName = name[0]!.toLowerCase() + name.slice(1);
  return {
    name,
    localName,
    service: 'suite.Probe',
    path: `/suite.Probe/${name}`,
    kind,
    known: true,
    idempotency: 'unknown',
    request: json,
    response: json,
  };
}

export type ProbeMethods = {
  unary: Method<Probe, Probe, 'unary'>;
  serverStream: Method<Probe, Probe, 'serverStream'>;
  clientStream: Method<Probe, Probe, 'clientStream'>;
  bidi: Method<Probe, Probe, 'bidi'>;
};

/** One method of each kind. */
export const ProbeService: Service<ProbeMethods> = {
  name: 'suite.Probe',
  files: [],
  methods: {
    unary: method('Unary', 'unary'),
    serverStream: method('ServerStream', 'serverStream'),
    clientStream: method('ClientStream', 'clientStream'),
    bidi: method('Bidi', 'bidi'),
  },
};

/** Echoes: a server stream counts to n, a client stream adds up, bidi answers each message. */
export const echo: Handlers<ProbeMethods> = {
  unary: ({ text, n }) => ({ text, n }),
  *serverStream({ text, n }) {
    for (let i = 1; i <= n; i++) yield { text, n: i };
  },
  async clientStream(requests) {
    const texts: string[] = [];
    let sum = 0;
    for await (const { text, n } of requests) {
      texts.push(text);
      sum += n;
    }
    return { text: texts.join(), n: sum };
  },
  async *bidi(requests) {
    for await (const { text, n } of requests) yield { text: text.toUpperCase(), n };
  },
};
