/** What stands in a log line in the place of a secret or of personal data. */
export const REDACTED = '[redacted]'

// Found anywhere in a key, whatever its spelling: emailAddress, user_email and x-access-token alike.
const SECRET_PARTS =
  /password|passwd|passphrase|secret|token|authorization|cookie|credential|encrypted|email|phone|msisdn|accountnumber|cardnumber|apikey|privatekey|masterkey|datakey|firstname|lastname|fullname|middlename|maidenname|dateofbirth|birthdate|birthday|nationalid|taxid|passportnumber|documentnumber|postaladdress|streetaddress|(?:otp|sms|verification|confirmation|reset|backup|recovery|security|auth|access|activation|login)codes?$/
// Only as a word of its own: a "pin" is also in "shipping", a "pan" in "company".
const SECRET_WORDS = new Set([
  'otp',
  'totp',
  'pin',
  'pan',
  'cvv',
  'cvc',
  'ssn',
  'dob',
  'pwd',
  'iban',
  'jwt',
  'bearer',
  'mobile',
])
const SECRET_KEYS = new Set(['code', 'codes', 'address', 'phc', 'seed'])

const DEEPEST = 8
const MOST_ENTRIES = 100
const MOST_VALUES = 2_000
const LONGEST_TEXT = 16_384
const MOST_CHARACTERS = 262_144

// In this order: ids that look like numbers are kept, then what identifies or lets in is masked.
const SUSPICIOUS = /@|%40|eyJ|[Bb]earer|\d{4}[ -]\d{4}|\d{9}|\+\d|[A-Z]{2}\d{2}/
const MASKED_TEXT = new RegExp(
  [
    '(?<id>\\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\b|\\b(?=\\d*[a-f])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}|[0-9a-f]{16})\\b)',
    '(?<![\\w-])eyJ[\\w-]{5,8192}\\.[\\w-]{0,8192}(?:\\.[\\w-]{0,8192})?',
    '(?<=\\b[Bb]earer )[\\w.~+/=-]+',
    '(?<=://)[^\\s/@:]{0,64}:[^\\s/@]{1,200}(?=@)',
    '[^\\s@<>"\'(),;:=/?&[\\]{}]{1,64}(?:@|%40)[\\p{L}\\d-]{1,63}(?:\\.[\\p{L}\\d-]{1,63}){0,8}',
    '\\b[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\\b',
    '\\d{4}(?:[ -]\\d{4}){2}[ -]\\d{1,7}|\\d{4}[ -]\\d{6}[ -]\\d{4,5}',
    '\\+\\d(?:[ ()-]{0,2}\\d){7,14}',
    '\\d{9,}',
  ].join('|'),
  'gu',
)

/** The text without e-mail addresses, tokens, passwords in URLs, card, account and phone numbers, cut at 16,384 characters. */
export function maskText(text: string): string {
  const cut = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}… [${text.length - LONGEST_TEXT} more]` : text
  return SUSPICIOUS.test(cut) ? cut.replace(MASKED_TEXT, keepId) : cut
}

function keepId(match: string, id: string | undefined): string {
  return id === undefined ? REDACTED : match
}

/** Whether a field of this name is kept out of logs: secrets, one-time codes, and what identifies a person or a card. */
export function isSecretKey(key: string): boolean {
  const known = verdicts.get(key)
  if (known !== undefined) return known
  const words = key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  const verdict =
    SECRET_KEYS.has(words.join('_')) ||
    SECRET_PARTS.test(words.join('')) ||
    words.some((word) => SECRET_WORDS.has(word))
  // Keys are mostly those in the code; the bound is for a caller's JSON that finds its way here.
  if (verdicts.size < 5_000) verdicts.set(key, verdict)
  return verdict
}

// A memory of a pure function, not state: losing or sharing it changes no answer.
const verdicts = new Map<string, boolean>()

/**
 * A plain copy of a value that may be logged: fields by `isSecretKey` are redacted at any depth (booleans and null pass,
 * they say only whether), texts go through `maskText`, errors become `{ type, message, code, stack, … }`. At most 8
 * levels, 100 entries a level, 2,000 objects and 256 Ki characters; instances of classes are named, not opened.
 */
export function maskValue(value: unknown): unknown {
  try {
    return masked(value, 0, { values: 0, characters: 0 })
  } catch {
    // A getter or a proxy that throws must not turn a log line into a failure of what was logged.
    return '[unreadable]'
  }
}

type Spent = { values: number; characters: number }

function masked(value: unknown, depth: number, spent: Spent): unknown {
  spent.values += 1
  if (typeof value === 'string') return maskedText(value, spent)
  if (typeof value !== 'object' || value === null) return typeof value === 'symbol' ? String(value) : value
  if (depth >= DEEPEST || spent.values > MOST_VALUES) return '[deeper]'
  if (value instanceof Error) return maskedError(value, depth, spent)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (value instanceof Map) return maskedFields(value, depth, spent)
  if (value instanceof Set) return masked([...value], depth, spent)
  if (Array.isArray(value)) return value.slice(0, MOST_ENTRIES).map((item) => masked(item, depth + 1, spent))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return maskedFields(Object.entries(value), depth, spent)
  return `[${value.constructor?.name ?? 'object'}]`
}

function maskedText(text: string, spent: Spent): string {
  const shown = maskText(text)
  spent.characters += shown.length
  return spent.characters > MOST_CHARACTERS ? '[more]' : shown
}

function maskedFields(entries: Iterable<[unknown, unknown]>, depth: number, spent: Spent): Record<string, unknown> {
  const fields: [string, unknown][] = []
  for (const [name, value] of entries) {
    if (fields.length >= MOST_ENTRIES) break
    const key = String(name)
    const is_shown = typeof value === 'boolean' || value === null || value === undefined || !isSecretKey(key)
    fields.push([maskText(key), is_shown ? masked(value, depth + 1, spent) : REDACTED])
  }
  return Object.fromEntries(fields)
}

// A database error quotes the row that failed: its code, table and constraint say enough.
const ROW_QUOTES = ['detail', 'where', 'parameters', 'args', 'query', 'internal_query']

function maskedError(error: Error, depth: number, spent: Spent): Record<string, unknown> {
  const { name, message, stack, cause, code, ...fields } = { ...error, ...namedParts(error) }
  const is_from_database = 'severity' in fields
  const shown = Object.entries(fields).filter(([key]) => !(is_from_database && ROW_QUOTES.includes(key)))
  return {
    ...maskedFields(shown, depth, spent),
    type: name,
    message: maskText(message),
    // The code of an error is its kind (ECONNREFUSED, 23505), unlike the field `code` of anything else.
    ...(typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? { code } : {}),
    ...(cause === undefined ? {} : { cause: masked(cause, depth + 1, spent) }),
    stack: maskText(stack ?? ''),
  }
}

/** The parts of an error that spreading it leaves out, since they are not enumerable. */
function namedParts(error: Error & { code?: unknown; errors?: unknown }): { name: string; message: string } & Partial<
  Record<'stack' | 'cause' | 'code' | 'errors', unknown>
> & {
    stack: string | undefined
  } {
  const { name, message, stack, cause, code } = error
  return { name, message, stack, cause, code, ...(error.errors === undefined ? {} : { errors: error.errors }) }
}
