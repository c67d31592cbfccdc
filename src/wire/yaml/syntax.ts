import { type Document, Lexer, LineCounter, Parser } from 'yaml';
import { composed, type TextFault } from './compose.ts';
import type { Position } from './position.ts';
import { type TextProblem, textProblem } from './problem.ts';

/** What a text may hold, checked before the work it would cost is done. */
export const limits = { maxBytes: 1_048_576, maxTokens: 300_000, maxDepth: 64, maxValues: 100_000, maxProblems: 50 };

const longestSentence = 160;

/** Syntax trees of a text's documents; empty when there are problems. */
export interface Syntax {
  readonly documents: readonly Document[];
  readonly positionAt: (offset: number) => Position;
  readonly problems: readonly TextProblem[];
}

/** Takes YAML 1.2 or JSON apart without making values of it. Time is linear in the text and depth is bounded. */
export function parseSyntax(input: string | Uint8Array, file: string): Syntax {
  const lines = new LineCounter();
  lines.addNewLine(0);
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const refuse = (message: string, offset = 0, suggestion?: string): Syntax => ({
    documents: [],
    positionAt,
    problems: [textProblem(`Cannot read "${file}": ${message}`, positionAt(offset), suggestion)],
  });

  const problemAt = ({ message, at }: TextFault): TextProblem => refuse(sentence(message), at).problems[0]!;
  const refuseAll = (faults: readonly TextFault[]): Syntax => ({
    documents: [],
    positionAt,
    problems: faults.slice(0, limits.maxProblems).map(problemAt),
  });

  const bytes = typeof input === 'string' ? Buffer.byteLength(input) : input.byteLength;
  if (bytes > limits.maxBytes) return refuse(`it has ${bytes} bytes, at most ${limits.maxBytes} are read`);
  const text = typeof input === 'string' ? input : decode(input);
  if (text === undefined) return refuse('it is not UTF-8 text');

  const parser = new Parser(lines.addNewLine);
  const tokens: CstToken[] = [];
  const torn: TextFault[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      tokens.push(token);
      if (token.type === 'error') torn.push({ message: token.message, at: token.offset });
    }
    if (torn.length > limits.maxProblems) return refuseAll(torn);
    if (++lexemes > limits.maxTokens) return refuse(`it has more than ${limits.maxTokens} tokens`, parser.offset);
    // Symptom: yaml 2.9.1 aborts the process (RegExpCompiler out of memory) on a deep text that follows another. Cause: its composer
    // recurses until the stack is full. The parser before it keeps a stack of its own, so depth is known here. May go when it is bounded.
    if (parser.stack.length > limits.maxDepth + 2) {
      return refuse(`it nests deeper than ${limits.maxDepth} levels`, parser.offset);
    }
  }
  for (const token of parser.end()) tokens.push(token);

  const { documents, faults } = composed(tokens, { length: text.length, maxFaults: limits.maxProblems });
  if (faults !== undefined) return refuseAll(faults);
  const problems = documents.flatMap(({ errors, directives }) => {
    const { version, explicit } = directives?.yaml ?? {};
    if (explicit && version !== '1.2')
      return refuse(`YAML ${version} is not read`, 0, 'remove the %YAML line').problems;
    return errors.slice(0, limits.maxProblems).map(({ message, pos }) => problemAt({ message, at: pos[0] }));
  });
  return {
    documents: problems.length > 0 ? [] : documents,
    positionAt,
    problems: problems.slice(0, limits.maxProblems),
  };
}

type CstToken = ReturnType<Parser['next']> extends Generator<infer Token> ? Token : never;

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** What the parser says. It may repeat what it stands at, up to the whole text. */
function sentence(message: string): string {
  const whole = /^[A-Z][a-z]/.test(message) ? message.charAt(0).toLowerCase() + message.slice(1) : message;
  return whole.length > longestSentence ? `${whole.slice(0, longestSentence).toWellFormed()}…` : whole;
}
