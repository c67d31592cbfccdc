/**
 * What runs in the thread of an SQLite database, as text: the same however this package is loaded. It takes `{ id, steps, readOnly }`, runs the steps, and
 * answers `{ id, results }` or `{ id, error, tooLarge }`.
 */
export const sqliteProgram = `
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { Database } = require(workerData.module);
const database = new Database(workerData.path);
database.exec('PRAGMA foreign_keys = ON');
database.exec('PRAGMA busy_timeout = ' + workerData.busyMs);
let readOnly = false;
const tooLarge = 'the result is too large';
function run({ text, values, rows }) {
  if (rows) return rowsOf(text, values);
  const { changes } = database.run(text, values);
  return changes;
}
function rowsOf(text, values) {
  const statement = database.prepare(text);
  try {
    const found = [];
    let bytes = 0;
    for (const row of statement.iterate(values)) {
      for (const value of Object.values(row)) bytes += 8 + (typeof value === 'string' ? value.length : value ? value.byteLength || 0 : 0);
      if (found.length === workerData.maxRows || bytes > workerData.maxBytes) throw new Error(tooLarge);
      found.push(row);
    }
    return found;
  } finally {
    statement.finalize();
  }
}
parentPort.on('message', ({ id, steps, readOnly: wanted, close }) => {
  try {
    if (close) {
      database.close();
      return parentPort.postMessage({ id, results: [] });
    }
    if (wanted !== readOnly) {
      database.exec('PRAGMA query_only = ' + (wanted ? 'ON' : 'OFF'));
      readOnly = wanted;
    }
    parentPort.postMessage({ id, results: steps.map(run) });
  } catch (error) {
    parentPort.postMessage({ id, tooLarge: error && error.message === tooLarge, error: String(error && error.message) });
  }
});
parentPort.postMessage({ id: 0, results: [] });
`;
