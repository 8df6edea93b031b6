import { sameBytes } from '#libs/crypto/tokens.ts'
import type { RawRequest } from '#libs/http/raw-messages.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { problems } from '../problems.ts'
import { type Browser, formToken } from '../store/page-visits.ts'

/**
 * The fields of a form that this bank's own page sent (OWASP ASVS 4.2.2): the browser says that it came from the bank's origin, and it carries the
 * token of this browser and this interaction. FORM_NOT_OURS for everything else.
 */
export function fieldsOf(request: RawRequest, own: Own, uid: string, browser: Browser): URLSearchParams {
  const { headers, origin, body } = request
  const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(headers['content-type'] ?? '')
  if (!isForm || headers.origin !== origin) throw new Problem(problems.FORM_NOT_OURS)
  const fields = new URLSearchParams(body)
  if (!sameBytes(fields.get('token') ?? '', formToken(own, uid, browser))) throw new Problem(problems.FORM_NOT_OURS)
  return fields
}

/** A field as it was typed, without blanks around it and never longer than `most`. */
export function fieldIn(fields: URLSearchParams, name: string, most: number): string {
  return (fields.get(name) ?? '').trim().slice(0, most)
}
