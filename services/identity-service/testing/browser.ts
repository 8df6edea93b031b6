import assert from 'node:assert/strict'

/** A browser as far as the authorization server sees one: it keeps cookies, and follows nothing by itself. */
export class Browser {
  readonly cookies = new Map<string, string>()

  /** One request with this browser's cookies. */
  async visit(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    const cookie = this.cookieHeader()
    if (cookie !== '') headers.set('cookie', cookie)
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    return response
  }

  cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(/;\s*/)
    const at = pair.indexOf('=')
    const name = pair.slice(0, at)
    const has = (wanted: RegExp): boolean => attributes.some((attribute) => wanted.test(attribute))
    // RFC 6265bis §4.1.3.2: a browser takes a cookie of this prefix in no other form.
    assert.ok(name.startsWith('__Host-') && has(/^path=\/$/i) && has(/^secure$/i) && !has(/^domain=/i), line)
    assert.ok(has(/^httponly$/i) && has(/^samesite=lax$/i), line)
    const isGone = attributes.some((attribute) => /^expires=Thu, 01 Jan 1970/i.test(attribute))
    if (isGone) this.cookies.delete(name)
    else this.cookies.set(name, pair.slice(at + 1))
  }
}

/** Where an answer leads; fails when it leads nowhere. */
export function locationOf(response: Response): URL {
  const location = response.headers.get('location')
  assert.ok(location !== null, `no location in an answer of ${response.status}`)
  return new URL(location, response.url)
}
