import { readFileSync } from 'node:fs';

/** One `$ command` of a page, and what the page says that it prints. */
export interface ShownCommand {
  readonly line: number;
  readonly command: string;
  readonly output: string;
}

/** A graph that a page shows, and what is done with it there. */
export interface ShownGraph {
  readonly page: string;
  readonly section: string;
  readonly line: number;
  readonly yaml: string;
  readonly commands: readonly ShownCommand[];
  /** Files that the graph refers to, by name: blocks of its section whose first line is a comment with the name. */
  readonly files: Readonly<Record<string, string>>;
}

interface Block {
  readonly language: string;
  readonly line: number;
  readonly text: string;
}

const fence = /^( *)```([^\n]*)\n([\s\S]*?)^\1```$/gm;
const fileName = /^(?:\/\/|#|--) +([\w-][\w./-]*\.\w+)\n/;

/**
 * The graphs that a page shows: its `yaml` blocks, each with the `console` blocks that follow. A block with anything beside the language
 * in its first line is shown only.
 */
export function graphsOf(page: string): ShownGraph[] {
  const text = readFileSync(page, 'utf8');
  const starts = [...text.matchAll(/^## +(.+)$/gm)].map(({ index, 1: title }) => ({ index, title: title! }));
  const sections = [{ index: 0, title: '' }, ...starts];
  return sections.flatMap(({ index, title }, nth) =>
    inSection(page, title.replaceAll('`', ''), blocksOf(text, index, sections[nth + 1]?.index ?? text.length)),
  );
}

function blocksOf(text: string, from: number, to: number): Block[] {
  return [...text.slice(from, to).matchAll(fence)].map(({ index, 1: indent = '', 2: language, 3: body }) => ({
    language: language!.trim(),
    line: text.slice(0, from + index).split('\n').length + 1,
    text: body!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

function inSection(page: string, section: string, blocks: readonly Block[]): ShownGraph[] {
  const files: Record<string, string> = {};
  const graphs: { block: Block; commands: ShownCommand[] }[] = [];
  for (const block of blocks) {
    const name = block.language === 'console' ? undefined : fileName.exec(block.text)?.[1];
    if (name !== undefined) files[name] = block.text;
    else if (block.language === 'yaml') graphs.push({ block, commands: [] });
    else if (block.language === 'console') graphs.at(-1)?.commands.push(...commandsOf(block));
  }
  return graphs.map(({ block, commands }) => ({
    page,
    section,
    line: block.line,
    yaml: block.text,
    commands,
    files,
  }));
}

function commandsOf({ text, line }: Block): ShownCommand[] {
  const commands: { line: number; command: string; output: string }[] = [];
  for (const [index, row] of text.trimEnd().split('\n').entries()) {
    if (row.startsWith('$ ')) commands.push({ line: line + index, command: row.slice(2), output: '' });
    else if (commands.length > 0) commands.at(-1)!.output += `${row}\n`;
  }
  return commands;
}
