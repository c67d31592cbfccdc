/** A comment as a doc comment with a newline behind it; empty for none. */
export function docText(comment: string | undefined, indent = ''): string {
  if (comment === undefined || comment === '') return '';
  const lines = comment.replaceAll('*/', '*\\/').split('\n');
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`;
}
