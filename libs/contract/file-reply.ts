/** An answer that is a file instead of JSON: statements, exports. Operations name the content types they answer in `files`. */
export interface FileReply {
  kind: 'file'
  content_type: string
  /** What a browser saves it as; ASCII, without a path. */
  filename: string
  /** All of it, or how it begins where more of it follows. */
  bytes: Uint8Array
  /** The rest of a file that is too large to be held: made while the caller takes it, and no sooner. */
  rest?: AsyncIterable<Uint8Array>
  /** More headers of the answer, like the cursor of the next part. */
  headers?: Readonly<Record<string, string>>
}

/** True for an answer that is a file. */
export function isFileReply(reply: unknown): reply is FileReply {
  return typeof reply === 'object' && reply !== null && 'kind' in reply && reply.kind === 'file' && 'bytes' in reply
}
