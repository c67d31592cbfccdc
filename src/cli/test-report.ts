import type { TestResult } from '../runtime/test-run.ts';
import { jsonLine, safeLines } from './output.ts';

/** What is printed of a test run. */
export interface TestReport {
  /** Printed as each test ends; undefined for nothing. */
  line?(result: TestResult): string;
  /** Printed at the end. */
  summary(results: readonly TestResult[]): string;
}

export const reporterNames = ['text', 'json', 'junit'] as const;
export type ReporterName = (typeof reporterNames)[number];

/** How test runs are reported: for people, a JSON line a test, or the XML that CI systems read. */
export const reporters: Readonly<Record<ReporterName, TestReport>> = {
  text: {
    line: ({ name, status, durationMs, message }) =>
      [
        `${status.toUpperCase()}\t${name}\t${milliseconds(durationMs)}`,
        ...(message === undefined ? [] : [indented(safeLines(message))]),
      ].join('\n'),
    summary: (results) =>
      `${failures(results) === 0 ? 'ok' : 'FAILED'}: ${results.length - failures(results)} passed, ${failures(results)} failed`,
  },
  json: {
    line: (result) => jsonLine(result),
    summary: (results) => jsonLine({ tests: results.length, failures: failures(results) }),
  },
  junit: { summary: junit },
};

function failures(results: readonly TestResult[]): number {
  return results.filter(({ status }) => status === 'fail').length;
}

function junit(results: readonly TestResult[]): string {
  const seconds = (ms: number): string => (ms / 1_000).toFixed(3);
  const total = results.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const counts = `tests="${results.length}" failures="${failures(results)}" time="${seconds(total)}"`;
  const cases = results.map(({ name, durationMs, message }) => {
    const slash = name.indexOf('/');
    const head = `    <testcase classname="${escaped(name.slice(0, slash))}" name="${escaped(name.slice(slash + 1))}" time="${seconds(durationMs)}"`;
    if (message === undefined) return `${head}/>`;
    return `${head}>\n      <failure message="${escaped(message)}"/>\n    </testcase>`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="flowrpc" ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}

/** As text of an XML 1.0 attribute; characters that XML cannot hold are left out. */
function escaped(text: string): string {
  return text
    .replace(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      '',
    )
    .replace(/[&<>"\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ');
}

function milliseconds(ms: number): string {
  return `${Math.round(ms)}ms`;
}
