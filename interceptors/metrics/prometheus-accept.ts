import type { TextFormat } from './prometheus-text.ts';

/** What a scraper's `accept` asks for: OpenMetrics where it likes that at least as much as plain text, else the text format. */
export function exportFormat(accept: string | undefined): TextFormat {
  let open = 0;
  let plain = 0;
  for (const range of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = qualityOf(parameters);
    if (type === 'application/openmetrics-text') {
      if (parameters.every((text) => !text.startsWith('version=') || supported.includes(text)))
        open = Math.max(open, quality);
    } else if (type === 'text/plain' || type === 'text/*' || type === '*/*') plain = Math.max(plain, quality);
  }
  return open > 0 && open >= plain ? 'openmetrics' : 'prometheus';
}

const supported = ['version=1.0.0', 'version=0.0.1'];

function qualityOf(parameters: readonly string[]): number {
  const text = parameters.find((parameter) => parameter.startsWith('q='));
  if (text === undefined) return 1;
  const quality = Number(text.slice('q='.length));
  return quality >= 0 && quality <= 1 ? quality : 0;
}
