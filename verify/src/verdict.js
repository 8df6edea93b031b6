// @ts-check

/**
 * The first link that does not hold.
 * @typedef {object} BrokenLink
 * @property {number} [line] of a file of lines, from 1
 * @property {string} what the field or the check, like `seal 17: root_hash`
 * @property {string} expected
 * @property {string} found
 */

/** Thrown at the first link that does not hold. It never leaves the package: a verdict is an answer. */
export class Broken extends Error {
  /** @param {BrokenLink} link */
  constructor(link) {
    super(link.what)
    this.link = link
  }
}

/** What was given cannot be judged: it is not a document of the kind, or the key is no key. */
export class Unreadable extends Error {
  /** @override */
  name = 'Unreadable'
}

/**
 * Holds, or is the first broken link.
 * @param {boolean} holds
 * @param {string} what
 * @param {unknown} expected
 * @param {unknown} found
 * @returns {asserts holds}
 */
export function must(holds, what, expected, found) {
  if (!holds) throw new Broken({ what: shown(what), expected: shown(expected), found: shown(found) })
}

/**
 * The same thing, or the first broken link.
 * @param {string} what
 * @param {string | number | null} expected
 * @param {string | number | null} found
 */
export function mustBe(what, expected, found) {
  must(expected === found, what, expected, found)
}

const LONGEST_SHOWN = 200

/**
 * A value in a message: short, on one line, without anything that a terminal would obey.
 * @param {unknown} value
 */
export function shown(value) {
  const text = typeof value === 'string' ? value : value === undefined ? 'nothing' : written(value)
  const short = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}… (${text.length} characters)` : text
  return short.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** @param {unknown} value */
function written(value) {
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}
