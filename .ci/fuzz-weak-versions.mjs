// `fuzz-weak-versions.mjs <from> <to> <version…>`: a copy of a 64-bit shared object to which those versions of its libraries are welcome, but no longer needed.
import { readFileSync, writeFileSync } from 'node:fs';

const [from, to, ...versions] = process.argv.slice(2);
const bytes = readFileSync(from);
const neededVersions = 0x6ffffffe;
const weak = 2;

const sectionTable = Number(bytes.readBigUInt64LE(0x28));
const sectionBytes = bytes.readUInt16LE(0x3a);
const sections = bytes.readUInt16LE(0x3c);
const start = (section) => Number(bytes.readBigUInt64LE(sectionTable + section * sectionBytes + 24));
const textAt = (at) => bytes.toString('latin1', at, bytes.indexOf(0, at));

let changed = 0;
for (let section = 0; section < sections; section++) {
  const head = sectionTable + section * sectionBytes;
  if (bytes.readUInt32LE(head + 4) !== neededVersions) continue;
  const names = start(bytes.readUInt32LE(head + 40));
  for (const library of chain(start(section))) {
    for (const version of chain(library + bytes.readUInt32LE(library + 8))) {
      if (!versions.includes(textAt(names + bytes.readUInt32LE(version + 8)))) continue;
      bytes.writeUInt16LE(bytes.readUInt16LE(version + 4) | weak, version + 4);
      changed += 1;
    }
  }
}
if (changed !== versions.length) throw new Error(`Cannot change ${from}: wanted ${versions.join(' and ')}, found ${changed} of them`);
writeFileSync(to, bytes);

/** Entries that each say after 12 bytes how far behind it the next one stands, 0 for the last. */
function* chain(first) {
  for (let at = first; ; ) {
    yield at;
    const next = bytes.readUInt32LE(at + 12);
    if (next === 0) return;
    at += next;
  }
}
