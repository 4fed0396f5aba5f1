/** A value that went through a serializer: text for utf-8 content, bytes for binary. */
export interface EncodedContent {
  contentType: string;
  contentEncoding: string;
  data: string | Buffer;
}
