// @ts-check
// JSON as every reader reads it alike: a key stands once in an object, numbers are whole and exact, texts are Unicode.

/** What is no such JSON; `position` counts UTF-16 units from 0. `is_ambiguous`: it is JSON, but not every reader would read it alike. */
export class NotJson extends Error {
  /**
   * @param {string} message
   * @param {number} position
   * @param {boolean} is_ambiguous
   */
  constructor(message, position, is_ambiguous) {
    super(message)
    this.position = position
    this.is_ambiguous = is_ambiguous
  }
}

/** Of what is hashed, and of the document around it. */
const DEEPEST_HASHED = 64
const DEEPEST = 128
/** Longer texts are read by `Reader` at once: it refuses what is nested too deep before it takes memory. */
const LONGEST_QUICK = 1024 * 1024

/**
 * The value of a JSON text. NotJson for what is none, and for what readers could understand differently.
 * @param {string} text
 * @returns {unknown}
 */
export function parseJson(text) {
  if (text.length <= LONGEST_QUICK) {
    try {
      const value = JSON.parse(text)
      // Written again it is the same text: no key stood twice, no number was rounded, nothing was lost.
      if (JSON.stringify(value) === text && text.isWellFormed()) return value
    } catch {
      // The reader below says where.
    }
  }
  return new Reader(text).document()
}

/**
 * RFC 8785 text of a value, for hashing. TypeError for a fraction, an integer beyond ±(2^53-1), a lone surrogate, or what is nested too
 * deep.
 * @param {unknown} value
 * @returns {string}
 */
export function canonicalJson(value, depth = 0) {
  if (depth > DEEPEST_HASHED) throw new TypeError(`more than ${DEEPEST_HASHED} levels`)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError(`the number ${value}`)
    return String(value)
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('a text with a lone surrogate')
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map((member) => canonicalJson(member, depth + 1)).join(',')}]`
  if (typeof value !== 'object') throw new TypeError(typeof value)
  const members = /** @type {Record<string, unknown>} */ (value)
  const keys = Object.keys(members).sort()
  return `{${keys.map((key) => `${canonicalJson(key)}:${canonicalJson(members[key], depth + 1)}`).join(',')}}`
}

class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text
    this.at = 0
    this.depth = 0
  }

  document() {
    const value = this.value()
    this.space()
    if (this.at < this.text.length) this.refuse('something stands after the end of the JSON')
    return value
  }

  /** @returns {unknown} */
  value() {
    this.space()
    const next = this.text[this.at]
    if (next === '{') return this.nested(() => this.object())
    if (next === '[') return this.nested(() => this.array())
    if (next === '"') return this.string()
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length
        return value
      }
    }
    return this.number()
  }

  /**
   * @template T
   * @param {() => T} read
   */
  nested(read) {
    this.depth += 1
    if (this.depth > DEEPEST) this.refuse(`nested more than ${DEEPEST} levels deep`)
    this.at += 1
    const value = read()
    this.depth -= 1
    return value
  }

  object() {
    /** @type {Record<string, unknown>} */
    const members = {}
    this.members('}', () => {
      this.space()
      if (this.text[this.at] !== '"') this.refuse('a key was expected')
      const start = this.at
      const key = this.string()
      if (Object.hasOwn(members, key)) this.refuseAmbiguous(`the key ${JSON.stringify(key)} stands twice`, start)
      this.space()
      if (this.text[this.at] !== ':') this.refuse('a colon was expected')
      this.at += 1
      // By definition, not by assignment: `__proto__` is a key like others.
      Object.defineProperty(members, key, { value: this.value(), enumerable: true, writable: true, configurable: true })
    })
    return members
  }

  array() {
    /** @type {unknown[]} */
    const list = []
    this.members(']', () => list.push(this.value()))
    return list
  }

  /**
   * @param {string} end
   * @param {() => void} readOne
   */
  members(end, readOne) {
    this.space()
    if (this.text[this.at] === end) {
      this.at += 1
      return
    }
    while (true) {
      readOne()
      this.space()
      const next = this.text[this.at]
      if (next !== ',' && next !== end)
        this.refuse(next === undefined ? 'the text ends too early' : `, or ${end} was expected`)
      this.at += 1
      if (next === end) return
    }
  }

  string() {
    STRING.lastIndex = this.at
    const literal = STRING.exec(this.text)?.[0]
    if (literal === undefined) return this.refuse('a text does not end, or holds a control character or a wrong escape')
    const value = /** @type {string} */ (JSON.parse(literal))
    if (!value.isWellFormed()) this.refuseAmbiguous('a text holds half a surrogate pair')
    this.at += literal.length
    return value
  }

  number() {
    NUMBER.lastIndex = this.at
    const literal = NUMBER.exec(this.text)?.[0]
    if (literal === undefined)
      return this.refuse(this.at < this.text.length ? 'no JSON value' : 'the text ends too early')
    const value = Number(literal)
    if (!/^(0|-?[1-9]\d*)$/.test(literal))
      this.refuseAmbiguous(`${literal.slice(0, 40)} is not written as a whole number`)
    if (!Number.isSafeInteger(value)) this.refuseAmbiguous(`${literal.slice(0, 40)} is beyond ±(2^53-1)`)
    this.at += literal.length
    return value
  }

  space() {
    SPACE.lastIndex = this.at
    SPACE.test(this.text)
    this.at = SPACE.lastIndex
  }

  /**
   * @param {string} message
   * @returns {never}
   */
  refuse(message) {
    throw new NotJson(message, this.at, false)
  }

  /**
   * @param {string} message
   * @returns {never}
   */
  refuseAmbiguous(message, at = this.at) {
    throw new NotJson(message, at, true)
  }
}

/** @type {readonly (readonly [string, boolean | null])[]} */
const WORDS = [
  ['true', true],
  ['false', false],
  ['null', null],
]
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these in a text.
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const SPACE = /[ \t\r\n]*/y
