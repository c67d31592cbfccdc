import assert from 'node:assert/strict';
import { StatusError } from 'flowrpc';
import { decodeBody, encodeBody, parseContentType } from 'flowrpc/nodes/http';
import { lines } from '../shapes/lines.ts';
import type { FuzzTarget } from '../target.ts';

/** A body by its headers: a line with the content type, one with the content encoding, then the bytes. */
export function httpBodies(): FuzzTarget {
  return {
    shape: lines,
    words: [
      ...['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain'],
      ...[
        '; charset=utf-16le',
        '; charset=latin1',
        'gzip',
        'br',
        'deflate',
        'identity',
        ', ',
        '\n',
        '\r\n',
        '--x',
        '--x--',
      ],
      ...[
        'Content-Disposition: form-data; name="a"',
        '; filename="b"',
        '__proto__',
        '%00',
        '%',
        '&',
        '=',
        '+json',
        '[[',
      ],
    ],
    async run(input) {
      const first = input.indexOf(10);
      const second = first < 0 ? -1 : input.indexOf(10, first + 1);
      if (second < 0) return;
      const header = {
        'Content-Type': input.toString('latin1', 0, first),
        'Content-Encoding': input.toString('latin1', first + 1, second),
      };
      let value: unknown;
      try {
        value = await decodeBody(input.subarray(second + 1), header, { maxBytes: 65_536 });
      } catch (error) {
        assert(error instanceof StatusError, error as Error);
        return;
      }
      try {
        const { bytes } = encodeBody(value, { 'Content-Type': header['Content-Type'] });
        if (parseContentType(header['Content-Type']).form === 'json' && value !== undefined) {
          // Numbers beyond those of JSON come back as text.
          const json = { 'Content-Type': 'application/json' };
          assert.deepEqual(encodeBody(await decodeBody(bytes, json), json).bytes, bytes);
        }
      } catch (error) {
        assert(error instanceof StatusError, error as Error);
      }
      assert.equal(Object.keys(Object.prototype).length, 0, 'all objects have a new property');
    },
  };
}
