import { decodeJwt } from 'jose'
import type { RawRequest } from '#libs/http/raw-messages.ts'

/** RFC 9449 §4.3: a proof that is sent to the second door is made for its address, which stands in the metadata beside the first one's. */
export function askedAt(mtlsOrigin: string | undefined, { origin, client_certificate, headers }: RawRequest): string {
  if (mtlsOrigin === undefined || client_certificate === null || headers.dpop === undefined) return origin
  try {
    // Not trusted: it only says which of the two the library compares it with.
    const { htu } = decodeJwt(headers.dpop)
    return typeof htu === 'string' && URL.parse(htu)?.origin === mtlsOrigin ? mtlsOrigin : origin
  } catch {
    return origin
  }
}
