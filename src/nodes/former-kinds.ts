/** Kinds of uniflow's files, of any of its versions, that are written another way here: what to write instead. */
const advice: ReadonlyMap<string, string> = new Map([
  ['rdb', 'it is "sql" now'],
  ['write', 'it is "print" now'],
  ['read', 'it is "scan" now'],
  ['listen', 'it is "listener" now'],
  ['route', 'it is "router" now'],
  ['upgrade', 'it is "upgrader" now'],
  ['combine', 'it is "merge" now, which gives the list; a snippet behind it puts mappings together'],
  ['iterate', 'it is "for" now; to pass on several elements at a time, have a snippet before it make lists of them'],
  ['flow', 'it is "for" now'],
  ['stack', 'it is "step" for a chain of nodes, "session" for what is kept while a process runs'],
  ['bridge', 'it is "syscall" now; what its operands said goes into a snippet before it'],
  ['reflect', 'it is "syscall" now, with the opcode specs.create, specs.read, specs.update or specs.delete'],
  ['server', 'it is "listener" now'],
  ['jsonata', 'it is a language that is not read here: a "snippet" with language cel or javascript'],
  ['mongodb', 'there is no such kind here, nor a store: a kind of your own reaches the database'],
]);

/** What became of a kind that uniflow had, to be told where it is unknown; undefined for any other name. */
export function formerKind(kind: string): string | undefined {
  return advice.get(kind);
}

const fields: ReadonlyMap<string, string> = new Map([
  ['links', 'it is "ports" now'],
  ['lang', 'it is "language" now'],
  ['address', 'it is "host" and "port" of a "listener" now'],
]);

/** What became of a field that uniflow had, to be told where a kind has no such field; undefined for any other name. */
export function formerField(field: string): string | undefined {
  return fields.get(field);
}
