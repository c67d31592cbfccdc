declare module 'hjson' {
  const hjson: { parse(text: string): unknown };
  export default hjson;
}
