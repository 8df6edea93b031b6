// @ts-check
// Which fields a document has, and of what kind. Every field is checked, and a field that nobody checks is refused: who reads a
// document must not take for proven what merely stands in it.
import { must } from './verdict.js'

/**
 * @typedef {{ amount_cents: number, balance_cents: number, booked_at: string, business_date: string, currency: string, entry_id: string,
 *   ledger_account_id: string, ledger_transaction_id: string, sequence: number, side: 'DEBIT' | 'CREDIT', transaction_hash: string,
 *   value_date: string, version: 1 }} Entry
 * @typedef {{ amount_cents: number, credit_account_id: string, currency: string, debit_account_id: string }} Posting
 * @typedef {{ business_event: string, correlation_id: string, description: string, hold_id: string | null, ledger_transaction_id: string,
 *   metadata: object | null, postings: Posting[], reference: string, reversal_of: string | null, source: string, step: string,
 *   transaction_id: string, user_id: string | null, version: 1 | 2, adjustment_id?: string | null, exchange?: object | null }} Transaction
 * @typedef {{ first_leaf: number, hash: string, leaf_count: number, leaves_hash: string, previous_hash: string, root_hash: string,
 *   seal_no: number, sealed_at: string, version: 1 | 2 }} Seal
 * @typedef {{ ledger_account_id: string, normal_side: 'DEBIT' | 'CREDIT', currency: string, opening_balance_cents: number,
 *   opening_sequence: number }} AccountLine
 * @typedef {readonly [holds: (value: unknown) => boolean, kind: string]} Kind
 * @typedef {Readonly<Record<string, Kind>>} Shape
 */

/** @param {unknown} value */
const isText = (value) => typeof value === 'string' && value.isWellFormed()
/** @param {unknown} value */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
/** @param {unknown} value */
const isHash = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
/** @param {unknown} value */
const isNull = (value) => value === null
/** @param {(value: unknown) => boolean} holds @param {string} kind @returns {Kind} */
const orNull = (holds, kind) => [(value) => isNull(value) || holds(value), `${kind}, or null`]
/** @param {readonly unknown[]} values @returns {Kind} */
const oneOf = (...values) => [(value) => values.includes(value), values.join(' or ')]

/**
 * The same judgement without judging the same text again: neighbours in a ledger have the same times.
 * @param {(text: string) => boolean} holds
 */
function remembering(holds) {
  /** @type {string | undefined} */
  let last
  return (/** @type {unknown} */ value) => {
    if (typeof value !== 'string' || (value !== last && !holds(value))) return false
    last = value
    return true
  }
}
/** @param {string} text */
const isMoment = (text) =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  new Date(text).toISOString() === text

export const moment = remembering(isMoment)
export const date = remembering((text) => isMoment(`${text}T00:00:00.000Z`))

/** @type {Record<string, Kind>} */
export const kinds = {
  text: [isText, 'a text'],
  id: [(value) => typeof value === 'string' && /^[\x21-\x7e]{1,200}$/.test(value), 'an id'],
  integer: [Number.isSafeInteger, 'a whole number'],
  count: [(value) => Number.isSafeInteger(value) && Number(value) >= 0, 'a whole number, not below 0'],
  positive: [(value) => Number.isSafeInteger(value) && Number(value) > 0, 'a whole number above 0'],
  moment: [moment, 'a moment in ISO 8601, milliseconds, Z'],
  date: [date, 'a date YYYY-MM-DD'],
  currency: [(value) => typeof value === 'string' && /^[A-Z]{3}$/.test(value), 'a currency of three letters'],
  side: oneOf('DEBIT', 'CREDIT'),
  sign: oneOf(1, -1),
  hash: [isHash, '64 hex digits'],
  object: [isObject, 'an object'],
  list: [Array.isArray, 'a list'],
  version: oneOf(1),
  later_version: oneOf(1, 2),
  decimal: [
    (value) => typeof value === 'string' && /^\d{1,12}(\.\d{1,12})?$/.test(value),
    'a decimal number, as a text',
  ],
}
const { text, id, integer, count, positive, currency, hash, list } = /** @type {Record<string, Kind>} */ (kinds)

/** @type {Record<'entry' | 'transaction' | 'more' | 'exchange' | 'posting' | 'seal' | 'account', Shape>} */
const SHAPES = {
  entry: shape({
    amount_cents: positive,
    balance_cents: integer,
    booked_at: kinds.moment,
    business_date: kinds.date,
    currency,
    entry_id: id,
    ledger_account_id: id,
    ledger_transaction_id: id,
    sequence: positive,
    side: kinds.side,
    transaction_hash: hash,
    value_date: kinds.date,
    version: kinds.version,
  }),
  transaction: shape({
    business_event: text,
    correlation_id: text,
    description: text,
    hold_id: orNull(isText, 'a text'),
    ledger_transaction_id: id,
    metadata: orNull(isObject, 'an object'),
    postings: list,
    reference: text,
    reversal_of: orNull(isText, 'a text'),
    source: text,
    step: text,
    transaction_id: text,
    user_id: orNull(isText, 'a text'),
    version: kinds.later_version,
  }),
  /** What a transaction of version 2 has besides. */
  more: shape({ adjustment_id: orNull(isText, 'a text'), exchange: orNull(isObject, 'an object') }),
  exchange: shape({ buy_currency: currency, rate: kinds.decimal, sell_currency: currency }),
  posting: shape({ amount_cents: positive, credit_account_id: id, currency, debit_account_id: id }),
  seal: shape({
    first_leaf: count,
    hash,
    leaf_count: count,
    leaves_hash: hash,
    previous_hash: hash,
    root_hash: hash,
    seal_no: positive,
    sealed_at: kinds.moment,
    version: kinds.later_version,
  }),
  account: shape({
    account_type: text,
    currency,
    gl_code: text,
    ledger_account_id: id,
    normal_side: kinds.side,
    opening_balance_cents: integer,
    opening_sequence: count,
  }),
}

const LATER_TRANSACTION = shape({ ...SHAPES.transaction, ...SHAPES.more })

/** @param {Record<string, Kind | undefined>} fields @returns {Shape} */
export function shape(fields) {
  return Object.freeze(/** @type {Record<string, Kind>} */ (fields))
}

/**
 * An object with exactly these fields, or the first broken link.
 * @param {unknown} value
 * @param {Shape} fields
 * @param {string} what the path of the object, empty for the document itself
 * @returns {Record<string, unknown>}
 */
export function mustHave(value, fields, what) {
  must(isObject(value), what === '' ? 'the document' : what, 'an object', value)
  const object = /** @type {Record<string, unknown>} */ (value)
  const path = what === '' ? '' : `${what}.`
  for (const name in fields) {
    const [holds, kind] = /** @type {Kind} */ (fields[name])
    const member = Object.hasOwn(object, name) ? object[name] : undefined
    if (!holds(member)) must(false, `${path}${name}`, kind, member)
  }
  for (const name of Object.keys(object)) {
    if (!Object.hasOwn(fields, name)) must(false, `${path}${name}`, 'no field of this name', object[name])
  }
  return object
}

/** @param {unknown} value @param {string} what @returns {Entry} */
export function mustBeEntry(value, what) {
  return /** @type {Entry} */ (mustHave(value, SHAPES.entry, what))
}

/** @param {unknown} value @param {string} what @returns {Transaction} */
export function mustBeTransaction(value, what) {
  const isLater = isObject(value) && /** @type {{ version?: unknown }} */ (value).version === 2
  const fields = isLater ? LATER_TRANSACTION : SHAPES.transaction
  const transaction = /** @type {Transaction} */ (mustHave(value, fields, what))
  if (isLater) mustSayMore(transaction, what)
  must(transaction.postings.length > 0, `${what}.postings`, 'a posting', 'none')
  for (const [i, posting] of transaction.postings.entries()) mustHave(posting, SHAPES.posting, `${what}.postings[${i}]`)
  return transaction
}

/**
 * Version 2 is for what has one of its fields: everything else has one text, not two.
 * @param {Transaction} transaction
 * @param {string} what
 */
function mustSayMore({ adjustment_id, exchange }, what) {
  const isMore = adjustment_id !== null || exchange !== null
  must(isMore, `${what}.version`, '1, as it exchanges and adjusts nothing', 2)
  if (exchange !== null) mustHave(exchange, SHAPES.exchange, `${what}.exchange`)
}

/** @param {unknown} value @param {string} what @returns {Seal} */
export function mustBeSeal(value, what) {
  return /** @type {Seal} */ (mustHave(value, SHAPES.seal, what))
}

/** @param {unknown} value @param {string} what @returns {AccountLine} */
export function mustBeAccount(value, what) {
  return /** @type {AccountLine} */ (mustHave(value, SHAPES.account, what))
}

/**
 * Hashes of a proof.
 * @param {unknown} value
 * @param {string} what
 */
export function mustBeHashes(value, what) {
  must(Array.isArray(value) && value.length <= 128, what, 'a list of at most 128 hashes', value)
  return value.map((member, i) => {
    must(isHash(member), `${what}[${i}]`, '64 hex digits', member)
    return Buffer.from(/** @type {string} */ (member), 'hex')
  })
}
