import { checkOptions } from '../../core/options.ts';
import { suggest } from '../../core/suggest.ts';
import { cel } from './cel.ts';
import { json, text, yaml } from './constants.ts';
import type { Language } from './language.ts';
import { scripts } from './scripts.ts';

export interface LanguagesOptions {
  /** The language of codes that name none. Default `cel`. */
  default?: string;
}

/** Languages by name, one of which is the default. */
export class Languages {
  readonly default: string;
  readonly #byName: ReadonlyMap<string, Language>;

  constructor(languages: ReadonlyMap<string, Language>, name: string) {
    this.#byName = languages;
    this.default = name;
    if (!languages.has(name)) throw new TypeError(`Cannot use language "${name}" as default: ${this.#known(name)}`);
  }

  /** The language of a name; of the default one when it is left out. Throws for a name that nobody registered. */
  get(name: string = this.default): Language {
    const language = this.#byName.get(name);
    if (language === undefined) throw new Error(`unknown language "${name}", ${this.#known(name)}`);
    return language;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  keys(): IterableIterator<string> {
    return this.#byName.keys();
  }

  #known(name: string): string {
    const near = suggest(name, this.keys());
    return near === undefined ? `there are ${[...this.keys()].join(', ')}` : `did you mean "${near}"?`;
  }
}

const builtIn: readonly Language[] = [text, json, yaml, cel, ...scripts()];

/**
 * The built-in languages and some more; one of these with the name of a built-in one takes its place. A TypeError when two of these have one
 * name, and when the default is none of them.
 */
export function createLanguages(more: Iterable<Language> = [], options: LanguagesOptions = {}): Languages {
  checkOptions('createLanguages', options, ['default']);
  const all = new Map(builtIn.map((language) => [language.name, language]));
  const own = new Set<string>();
  for (const language of more) {
    if (own.has(language.name))
      throw new TypeError(`Cannot register language "${language.name}": there is one already`);
    own.add(language.name);
    all.set(language.name, language);
  }
  return new Languages(all, options.default ?? 'cel');
}

/** The built-in languages. */
export const languages: Languages = createLanguages();
