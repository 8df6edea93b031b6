const KEY = 'bankflow-browser'
const FORM = /^[0-9a-f-]{36}$/

/**
 * A name of this browser, made once and kept. The bank counts wrong passwords of a browser that somebody signed in from by itself: whoever fails
 * elsewhere cannot lock its owner out. Undefined where nothing may be kept: such a browser is like any other.
 */
export function thisBrowser(): string | undefined {
  try {
    const known = localStorage.getItem(KEY)
    if (known !== null && FORM.test(known)) return known
    const made = crypto.randomUUID()
    localStorage.setItem(KEY, made)
    return made
  } catch {
    return undefined
  }
}
