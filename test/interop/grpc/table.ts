import type { Unmet } from './peers.ts';

/** Cases against pairs: what passed, and why the rest did not. */
export class Table {
  readonly #cells = new Map<string, Map<string, string>>();
  readonly #columns: string[] = [];
  /** What cannot pass, and why. */
  readonly unmet = new Map<string, string>();
  passed = 0;
  failed = 0;

  /** Runs one cell; a rejection is its failure, told at once. What cannot be met must fail as it is known to. */
  async run(row: string, column: string, check: () => Promise<void>, unmet?: Unmet): Promise<void> {
    const problem = await check().then(
      () => (unmet === undefined ? undefined : 'passes, though it is said to be unmet'),
      (error: unknown) => (unmet !== undefined && String(error).includes(unmet.said) ? undefined : String(error)),
    );
    if (problem !== undefined) console.error(`${row}, ${column}: ${problem}`);
    if (problem !== undefined) this.failed += 1;
    else if (unmet === undefined) this.passed += 1;
    else this.unmet.set(row, unmet.why);
    this.#set(row, column, problem !== undefined ? 'FAIL' : unmet === undefined ? 'pass' : 'unmet');
  }

  #set(row: string, column: string, cell: string): void {
    if (!this.#columns.includes(column)) this.#columns.push(column);
    let cells = this.#cells.get(row);
    if (cells === undefined) this.#cells.set(row, (cells = new Map()));
    cells.set(column, cell);
  }

  /** As Markdown. */
  text(): string {
    const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
    const head = ['case', ...this.#columns];
    const rows = [...this.#cells].map(([row, cells]) =>
      line([row, ...this.#columns.map((column) => cells.get(column) ?? '–')]),
    );
    return [line(head), line(head.map(() => '---')), ...rows].join('\n');
  }
}
