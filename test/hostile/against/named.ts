/** What the text of a failure must name, by the mark of its input; any text will do for the others. */
const names: Readonly<Record<string, RegExp>> = {
  'W-13': /method|path/i,
  'W-14': /compress|encoding|flag|gzip|inflate/i,
  'W-15': /end|middle|incomplete|truncated|message/i,
  'W-16': /request|message|prefix/i,
  'M-01': /metadata|header/i,
  'G-01': /limit|larger|max/i,
  'G-02': /limit|larger|max|more than/i,
  'D-05': /timeout|deadline/i,
  'T-05': /credential|token/i,
};

/** Whether the text of a failure says what was wrong. */
export function namesFault(mark: string, text: string): boolean {
  return (names[mark] ?? /\S/).test(text);
}
