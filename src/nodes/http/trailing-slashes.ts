/** A path without slashes at its end. By hand: an expression would begin anew at each slash of a long row of them. */
export function withoutTrailingSlashes(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end--;
  return path.slice(0, end);
}
