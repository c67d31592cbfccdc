export { type ContentCoding, compress, contentCodings, decompress, parseContentEncoding } from './content-coding.ts';
export { type BodyForm, type ContentType, parseContentType } from './content-type.ts';
export { type DecodeOptions, decodeBody } from './decode-body.ts';
export { type EncodedBody, encodeBody } from './encode-body.ts';
export { formatForm, parseForm } from './form.ts';
export { canonicalHeader, canonicalName, type Header, headerValue, headerValues } from './header.ts';
export { type HttpPayload, type HttpPayloadInit, isHttpPayload, statusPayload } from './http-payload.ts';
export type { FormFile, MultipartForm } from './multipart-read.ts';
