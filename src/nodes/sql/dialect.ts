/** What differs between engines in how a query is written. */
export interface Dialect {
  readonly name: 'postgres' | 'sqlite';
  /** The placeholder of the n-th value, from 1. */
  placeholder(index: number): string;
  /** What is no word, placeholder or punctuation: strings, quoted names, comments. Sticky. */
  readonly opaque: RegExp;
  /** A place that has a name, the name captured. Sticky. */
  readonly named: RegExp;
  /** Places without a value are null to the engine, and not an error. */
  readonly nullPlaces: boolean;
  /** Comments inside of comments count. */
  readonly nestedComments: boolean;
}

const string = "'[^']*(?:''[^']*)*(?:'|$)";
const name = '"[^"]*(?:""[^"]*)*(?:"|$)';
const lineComment = '--[^\\n]*';
const escaped = String.raw`[eE]'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*(?:'|$)`;
/** `$$ … $$` and `$tag$ … $tag$`. */
const dollarQuoted = String.raw`\$(?<tag>(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$[\s\S]*?(?:\$\k<tag>\$|$)`;
const bracketed = String.raw`\[[^\]]*(?:\]|$)`;
const backticked = '`[^`]*(?:``[^`]*)*(?:`|$)';

export const postgresDialect: Dialect = {
  name: 'postgres',
  placeholder: (index) => `$${index}`,
  opaque: new RegExp([escaped, string, name, lineComment, dollarQuoted].join('|'), 'y'),
  named: /:([A-Za-z_]\w*)/y,
  nullPlaces: false,
  nestedComments: true,
};

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  placeholder: (index) => `?${index}`,
  opaque: new RegExp([string, name, lineComment, bracketed, backticked].join('|'), 'y'),
  named: /[:@$#]([\w$\u0080-\uffff]+)/y,
  nullPlaces: true,
  nestedComments: false,
};

export const dialects = { postgres: postgresDialect, sqlite: sqliteDialect } as const;
