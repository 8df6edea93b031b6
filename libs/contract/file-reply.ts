/** An answer that is a file instead of JSON: statements, exports. Operations name the content types they answer in `files`. */
export interface FileReply {
  kind: 'file'
  content_type: string
  /** What a browser saves it as; ASCII, without a path. */
  filename: string
  bytes: Uint8Array
  /** More headers of the answer, like the cursor of the next part. */
  headers?: Readonly<Record<string, string>>
}

/** True for an answer that is a file. */
export function isFileReply(reply: unknown): reply is FileReply {
  return typeof reply === 'object' && reply !== null && 'kind' in reply && reply.kind === 'file' && 'bytes' in reply
}
