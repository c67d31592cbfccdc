/** From a property name to the key's own type; 64-bit keys are checked as decimal text. */
export const mapKeys: Readonly<Record<string, (key: string) => unknown>> = {
  string: (key) => key,
  bool: (key) => (key === 'true' ? true : key === 'false' ? false : key),
  ...Object.fromEntries(
    ['int64', 'uint64', 'sint64', 'fixed64', 'sfixed64'].map((type) => [type, (key: string) => key]),
  ),
  ...Object.fromEntries(
    ['int32', 'uint32', 'sint32', 'fixed32', 'sfixed32'].map((type) => [
      type,
      (key: string) => (/^-?\d+$/.test(key) ? Number(key) : key),
    ]),
  ),
};
