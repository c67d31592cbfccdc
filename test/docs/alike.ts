import { expect } from 'vitest';

/** JSON documents of a text, one after the other; undefined when it is no JSON. */
export function jsonOf(text: string): unknown[] | undefined {
  const documents: unknown[] = [];
  let pending = '';
  for (const line of text.split('\n')) {
    pending += `${line}\n`;
    try {
      documents.push(JSON.parse(pending));
      pending = '';
    } catch {
      // Goes on in the next line.
    }
  }
  return pending.trim() === '' ? documents : undefined;
}

/** What a page says, for `toEqual`: `…` in a text stands for anything. */
export function alike(shown: unknown): unknown {
  if (typeof shown === 'string') return shown.includes('…') ? expect.stringMatching(patternOf(shown)) : shown;
  if (Array.isArray(shown)) return shown.map(alike);
  if (typeof shown !== 'object' || shown === null) return shown;
  return Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, alike(value)]));
}

function patternOf(text: string): RegExp {
  const parts = text.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('[\\s\\S]*')}$`);
}
