/** How the authorization server's library names its cookies; browsers know them by other names. */
export const COOKIES = { session: 'as', interaction: 'as_interaction', resume: 'as_resume' } as const

const SIGNATURE = '.sig'
/**
 * `__Host-` (RFC 6265bis §4.1.3.2): no other host of the bank's domain can plant one. Such a cookie has the path `/`, so what the library would tell
 * apart by its path (several requests in one browser) is told apart by the name.
 */
const PREFIX = '__Host-bf_'

/** A cookie that the library sets, as the browser gets it. */
export function cookieOut(line: string): string {
  const [pair = '', ...attributes] = line.split(/;\s*/)
  const at = pair.indexOf('=')
  const name = pair.slice(0, at)
  const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice('path='.length) ?? '/'
  const kept = attributes.filter((attribute) => !/^(path=|domain=|secure$)/i.test(attribute))
  return [`${outerName(name, path)}${pair.slice(at)}`, 'path=/', 'secure', ...kept].join('; ')
}

function outerName(name: string, path: string): string {
  const base = name.endsWith(SIGNATURE) ? name.slice(0, -SIGNATURE.length) : name
  const suffix = name.slice(base.length)
  const uid = base === COOKIES.session ? '' : `.${path.split('/').at(-1)}`
  return `${PREFIX}${base}${uid}${suffix}`
}

/** The cookies of a request, as the library reads them: its own, and of interactions only those of the one that the path names. */
export function cookiesIn(header: string | undefined, uid: string | undefined): string | undefined {
  const pairs = (header ?? '').split(';').flatMap((text) => {
    const pair = text.trim()
    const at = pair.indexOf('=')
    const inner = innerName(pair.slice(0, at), uid)
    return inner === undefined ? [] : [`${inner}${pair.slice(at)}`]
  })
  return pairs.length === 0 ? undefined : pairs.join('; ')
}

function innerName(name: string, uid: string | undefined): string | undefined {
  for (const suffix of ['', SIGNATURE])
    for (const base of Object.values(COOKIES)) {
      const of = base === COOKIES.session ? '' : `.${uid}`
      if (name === `${PREFIX}${base}${of}${suffix}` && (base === COOKIES.session || uid !== undefined))
        return base + suffix
    }
  return undefined
}

/**
 * Lines by which a browser forgets the cookies of an interaction that it has answered; none for what it is given anew with `lines`. Left to their time
 * they would come with every request, and after some dozens of them no request would be short enough.
 */
export function cookiesForgotten(header: string | undefined, uid: string, lines: readonly string[]): string[] {
  const name = `${PREFIX}${COOKIES.interaction}.${uid}`
  return [name, name + SIGNATURE]
    .filter((one) => header?.includes(`${one}=`) === true && !lines.some((line) => line.startsWith(`${one}=`)))
    .map((one) => `${one}=; path=/; secure; httponly; samesite=lax; expires=Thu, 01 Jan 1970 00:00:00 GMT`)
}
