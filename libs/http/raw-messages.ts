/** The headers that a raw operation gets to see; who called, and over which certificate, is told apart from them. */
export const RAW_HEADERS = [
  'accept',
  'accept-language',
  'authorization',
  'content-type',
  'cookie',
  'dpop',
  'origin',
  'user-agent',
] as const

/** A request as a protocol of its own wrote it: nothing is decoded but the parameters of the path. */
export interface RawRequest {
  method: string
  /** The whole path at which the client asked, `/api/v1` included, without the query. */
  path: string
  /** What follows the `?`, as it came; empty where there is none. */
  query: string
  params: Readonly<Record<string, string>>
  /** Those of `RAW_HEADERS`; the cookie of the bank's own app is never among the cookies. */
  headers: Readonly<Record<string, string>>
  /** The body as text, of whatever type. */
  body: string
  /** The origin by which the client knows the bank. */
  origin: string
  ip_hash: string | null
  /** The certificate (PEM) whose key the client proved at the edge, or null. Never what a client wrote into a header. */
  client_certificate: string | null
}

/** An answer as it goes out: a header may have several values (`set-cookie`). */
export interface RawReply {
  status: number
  headers: Readonly<Record<string, string | readonly string[]>>
  body: string
}
