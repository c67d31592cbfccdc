import { X509Certificate } from 'node:crypto';

const boundary = /^-----(BEGIN|END) ([^\r\n]*?)-----[ \t]*$/gm;

/** The start of a line that was to be a boundary. Six dashes and more are an ornament, as bundles have them. */
const torn = /^-----(?:[A-Z]|(?![\s\S]))/m;

/**
 * Says what is wrong with the certificates of a PEM text, as the end of a sentence: each must be whole and one that can be read.
 * TLS itself stops at the first that is not, and silently trusts fewer. Text and other material between them may be there (RFC 7468, 2).
 */
export function certificatesFault(text: string): string | undefined {
  let count = 0;
  let outside = '';
  let end = 0;
  let open: { readonly label: string; readonly start: number } | undefined;
  for (const match of text.matchAll(boundary)) {
    const label = match[2]!;
    if (match[1] === 'BEGIN') {
      if (open !== undefined) return cutOff(open.label, count);
      outside += text.slice(end, match.index);
      open = { label, start: match.index };
      if (isCertificate(label)) count += 1;
      continue;
    }
    if (open?.label !== label) return `it has an end of "${label.slice(0, 64)}" without its beginning`;
    end = match.index + match[0].length;
    if (isCertificate(label)) {
      const why = unreadable(text.slice(open.start, end));
      if (why !== undefined) return `it is not a valid certificate (number ${count}: ${why})`;
    }
    open = undefined;
  }
  if (open !== undefined) return cutOff(open.label, count);
  if (torn.test(outside + text.slice(end))) return 'it is not a valid certificate (a line of dashes is cut off)';
  return count === 0 ? 'it holds no PEM certificate' : undefined;
}

function isCertificate(label: string): boolean {
  return /^(?:X509 |TRUSTED )?CERTIFICATE$/.test(label);
}

function cutOff(label: string, count: number): string {
  const what = isCertificate(label) ? `number ${count}` : `"${label.slice(0, 64)}"`;
  return `it is not a valid certificate (${what} is cut off)`;
}

function unreadable(block: string): string | undefined {
  try {
    new X509Certificate(block);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
