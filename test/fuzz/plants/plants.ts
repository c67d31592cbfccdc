/** A fault that is put into our code, to see whether fuzzing finds it. */
export interface Plant {
  readonly target: string;
  readonly fault: string;
  readonly file: string;
  /** A piece of its text, which stands there once, and what is read in its place. */
  readonly from: string;
  readonly to: string;
  /** A run of a minute was not seen to find it: it is looked for and told, and fails nothing. */
  readonly hard?: boolean;
}

/** What a magic value leads to. */
const broken = "throw new TypeError('planted');";

/** Mistakes that somebody might make, and comparisons with a magic value deep in the code, which no change of single bytes gets past. */
export const plants: readonly Plant[] = [
  {
    target: 'frames',
    fault: 'four bytes at the start of a split message',
    file: 'src/transport/grpc/frame-reader.ts',
    from: 'const bytes = this.#body ?? Buffer.alloc(0);',
    to: `const bytes = this.#body ?? Buffer.alloc(0); if (bytes.length > 3 && bytes.readUInt32BE(0) === 0x469a5a21) { ${broken} }`,
  },
  {
    target: 'frames',
    fault: 'a split prefix loses the upper bits of its flag',
    file: 'src/transport/grpc/frame-reader.ts',
    from: 'this.#checked(this.#prefix[0]!, ',
    to: 'this.#checked(this.#prefix[0]! & 127, ',
  },
  {
    target: 'headers',
    fault: 'one value of one header',
    file: 'src/transport/grpc/headers.ts',
    from: "    if (name.endsWith('-bin'))",
    to: `    if (name === 'x-zq7' && raw[index + 1] === 'Wk4!') { ${broken} }\n    if (name.endsWith('-bin'))`,
  },
  {
    target: 'headers',
    fault: 'a long timeout is written with nine digits',
    file: 'src/core/deadline.ts',
    from: 'if (whole < 100_000_000)',
    to: 'if (whole < 1_000_000_000)',
  },
  {
    target: 'codec',
    fault: 'a text of four characters in a message',
    file: 'src/wire/byte-reader.ts',
    from: "return length === 0 ? '' : this.#bytes.toString('utf8', start, this.at);",
    to: `const text = this.#bytes.toString('utf8', start, this.at); if (text === 'Zq7!') { ${broken} } return text;`,
  },
  {
    target: 'codec',
    fault: 'unknown numbers of enums lose their sign',
    file: 'src/wire/message-decoder.ts',
    from: 'const number = from.uint32() | 0;',
    to: 'const number = from.uint32();',
  },
  {
    target: 'specs',
    hard: true,
    fault: 'the name of an unknown kind',
    file: 'src/graph/unknown-kind.ts',
    from: '  const former = formerKind(spec.kind);',
    to: `  if (spec.kind === 'zq-7k') { ${broken} }\n  const former = formerKind(spec.kind);`,
  },
  {
    target: 'specs',
    hard: true,
    fault: 'a key that is a template of no text',
    file: 'src/graph/template.ts',
    from: 'const name = String(fillText(key, inner, within, report));',
    to: 'const name = (fillText(key, inner, within, report) as string).slice(0);',
  },
  {
    target: 'expressions',
    fault: 'the name of a variable',
    file: 'src/nodes/languages/cel/expression.ts',
    from: '  const keys = [...variables]',
    to: `  if (variables.has('zq7k')) { ${broken} }\n  const keys = [...variables]`,
  },
  {
    target: 'command-line',
    hard: true,
    fault: 'the name of a method',
    file: 'src/cli/method-path.ts',
    from: '  if (match === null) throw',
    to: `  if (match?.[2] === 'Zq7k') { ${broken} }\n  if (match === null) throw`,
  },
  {
    target: 'server',
    hard: true,
    fault: 'an error in a later turn, by one value of one header',
    file: 'src/transport/grpc/request-head.ts',
    from: "  const encoding = single(headers, 'grpc-encoding')",
    to: `  if (headers['x-zq7'] === 'Wk4!') process.nextTick(() => { ${broken} });\n  const encoding = single(headers, 'grpc-encoding')`,
  },
  {
    target: 'client',
    hard: true,
    fault: 'a code that is none, by a status message',
    file: 'src/transport/grpc/client-status.ts',
    from: '  const told = peerMessage(metadata);',
    to: "  const told = peerMessage(metadata);\n  if (told === 'Zq7!') return statusFrom(99 as never, told);",
  },
  {
    target: 'http-server',
    hard: true,
    fault: 'an answer with the stack of an error, by one value of one header',
    file: 'src/nodes/http/server-payload.ts',
    from: "  const target = request.url ?? '/';",
    to: "  if (header['X-Zq7']?.[0] === 'Wk4!') throw new StatusError(Code.INVALID_ARGUMENT, String(new Error('planted').stack));\n  const target = request.url ?? '/';",
  },
  {
    target: 'http-bodies',
    fault: 'a name in a form',
    file: 'src/nodes/http/form.ts',
    from: '    const values = fields.get(name);',
    to: `    if (name === 'zq7!') { ${broken} }\n    const values = fields.get(name);`,
  },
];
