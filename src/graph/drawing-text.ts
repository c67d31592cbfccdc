import type { DrawnCounts, DrawnEdge, DrawnNode } from './drawing.ts';

const longestLine = 60;

/** What a box says, line by line. */
export function nodeLines({ label, detail, inactive, counts }: DrawnNode): string[] {
  const lines = [label, detail];
  if (inactive !== undefined) lines.push(inactive === '' ? 'inactive' : `inactive: ${inactive}`);
  if (counts !== undefined) lines.push(countsText(counts));
  return lines.map(shortened);
}

/** What an arrow says: its ports, where they are not the usual ones, and what passed. */
export function edgeText({ port, toPort, counts }: DrawnEdge): string {
  const ports = toPort === 'in' ? port : `${port} → ${toPort}`;
  return shortened(counts === undefined ? ports : `${ports}: ${countsText(counts)}`);
}

function countsText({ packets, errors, processes }: DrawnCounts): string {
  const parts = [counted(packets, 'packet')];
  if (errors > 0) parts.push(counted(errors, 'error'));
  if (processes !== undefined && processes > 0) parts.push(`${processes} began here`);
  return parts.join(', ');
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** On one line, without characters that move the cursor or turn text around, and not too long. */
function shortened(text: string): string {
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]+/g, ' ').toWellFormed();
  const characters = [...plain];
  return characters.length <= longestLine ? plain : `${characters.slice(0, longestLine - 1).join('')}…`;
}
