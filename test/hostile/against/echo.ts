/** What an answer may repeat of an input, in bytes. */
export const mostEchoed = 128;

/** How long a part of an answer is that repeats an input, as far as it is more than may be; 0 for none. */
export function echoed(answer: string, input: string): number {
  let longest = 0;
  for (let start = 0; start + mostEchoed < answer.length; start++) {
    if (!input.includes(answer.slice(start, start + mostEchoed + 1))) continue;
    let end = start + mostEchoed + 1;
    while (end < answer.length && input.includes(answer.slice(start, end + 1))) end += 1;
    longest = Math.max(longest, end - start);
    start = end;
  }
  return longest;
}
