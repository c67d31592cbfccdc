/** Headers and bytes out of one input: lines of `name: value`, an empty line, then the bytes. */
export function splitInput(input: Buffer): { headers: [name: string, value: string][]; body: Buffer } {
  const end = input.indexOf('\n\n');
  const head = input.toString('latin1', 0, end < 0 ? input.length : end);
  const headers = head.split('\n').flatMap((line): [string, string][] => {
    const at = line.indexOf(': ');
    return at < 1 ? [] : [[line.slice(0, at).toLowerCase(), line.slice(at + 2)]];
  });
  return { headers, body: end < 0 ? Buffer.alloc(0) : input.subarray(end + 2) };
}
