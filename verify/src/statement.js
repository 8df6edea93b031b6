// @ts-check
import { kinds, mustBeEntry, mustBeHashes, mustHave, shape } from './fields.js'
import { mustBeIncluded } from './links.js'
import { openCheckpoint } from './notes.js'
import { summaryOf } from './receipt.js'
import { must, mustBe } from './verdict.js'

export const STATEMENT = 'bankflow-statement/1'

const STATEMENT_FIELDS = shape({
  format: kinds.text,
  ledger_account_id: kinds.id,
  currency: kinds.currency,
  from: kinds.date,
  to: kinds.date,
  opening_balance_cents: kinds.integer,
  closing_balance_cents: kinds.integer,
  opening_sequence: kinds.count,
  entries: kinds.list,
  checkpoint: kinds.text,
})
const LINE_FIELDS = shape({
  entry: kinds.object,
  normal_sign: kinds.sign,
  leaf_index: kinds.count,
  inclusion_proof: kinds.list,
})

/**
 * @typedef {{ ledger_account_id: string, currency: string, from: string, to: string, opening_balance_cents: number,
 *   closing_balance_cents: number, opening_sequence: number, entries: readonly unknown[], checkpoint: string }} Statement
 * @typedef {{ entry: import('./fields.js').Entry, normal_sign: 1 | -1, leaf_index: number, path: readonly Buffer[], at: string }} Line
 */

/**
 * From the key outwards: the checkpoint is signed, each entry is in its tree, and together they lead from the opening to the closing
 * balance.
 * @param {unknown} document
 * @param {readonly import('./notes.js').VerifierKey[]} keys
 */
export function checkStatement(document, keys) {
  const statement = /** @type {Statement} */ (/** @type {unknown} */ (mustHave(document, STATEMENT_FIELDS, '')))
  const lines = statement.entries.map(readLine)
  must(statement.from <= statement.to, 'to', `${statement.from} or later`, statement.to)

  const checkpoint = openCheckpoint(statement.checkpoint, keys, 'checkpoint')
  for (const line of lines) mustBeIncluded(line, checkpoint, `${line.at}.`)
  for (const line of lines) mustBelong(line, statement)
  mustAgreeOnSigns(lines)
  mustRun(lines, statement)
  return {
    ledger_account_id: statement.ledger_account_id,
    currency: statement.currency,
    from: statement.from,
    to: statement.to,
    opening_balance_cents: statement.opening_balance_cents,
    closing_balance_cents: statement.closing_balance_cents,
    entries: lines.length,
    checkpoint: summaryOf(checkpoint),
    warnings: warningsOf(lines.length, statement.opening_sequence),
  }
}

/**
 * What the bank says and nothing proves.
 * @param {number} entries
 * @param {number} opening_sequence
 */
function warningsOf(entries, opening_sequence) {
  if (entries === 0) return ['it has no entry: its balance is said by the bank, and nothing here proves it']
  if (entries > 1 || opening_sequence === 0) return []
  return [
    'it has one entry, so whether that raised the balance or lowered it is said by the bank, as is the opening balance',
  ]
}

/**
 * @param {unknown} value
 * @param {number} i
 * @returns {Line}
 */
function readLine(value, i) {
  const at = `entries[${i}]`
  const line = mustHave(value, LINE_FIELDS, at)
  return {
    entry: mustBeEntry(line.entry, `${at}.entry`),
    normal_sign: /** @type {1 | -1} */ (line.normal_sign),
    leaf_index: /** @type {number} */ (line.leaf_index),
    path: mustBeHashes(line.inclusion_proof, `${at}.inclusion_proof`),
    at,
  }
}

/**
 * The entry is proven by now: where it and the statement differ, the statement is wrong or the entry does not belong in it.
 * @param {Line} line
 * @param {Statement} statement
 */
function mustBelong({ entry, at }, { ledger_account_id, currency, from, to }) {
  mustBe(`${at}.entry.ledger_account_id`, ledger_account_id, entry.ledger_account_id)
  mustBe(`${at}.entry.currency`, currency, entry.currency)
  const isWithin = from <= entry.business_date && entry.business_date <= to
  must(isWithin, `${at}.entry.business_date`, `from ${from} to ${to}`, entry.business_date)
}

/**
 * A debit does the same to one account each time, and a credit the opposite.
 * @param {readonly Line[]} lines
 */
function mustAgreeOnSigns(lines) {
  const [first] = lines
  for (const { entry, normal_sign, at } of lines) {
    const expected = entry.side === first?.entry.side ? first.normal_sign : -(first?.normal_sign ?? 0)
    mustBe(`${at}.normal_sign of a ${entry.side}`, expected, normal_sign)
  }
}

/**
 * @param {readonly Line[]} lines
 * @param {Statement} statement
 */
function mustRun(lines, statement) {
  let sequence = statement.opening_sequence
  let balance = statement.opening_balance_cents
  for (const [i, { entry, normal_sign, at }] of lines.entries()) {
    mustBe(`${at}.entry.sequence${i === 0 ? ' (after opening_sequence)' : ''}`, sequence + 1, entry.sequence)
    const opened = entry.balance_cents - normal_sign * entry.amount_cents
    if (i === 0) mustBe('opening_balance_cents (by the first entry and its normal_sign)', opened, balance)
    else mustBe(`${at}.entry.balance_cents`, balance + normal_sign * entry.amount_cents, entry.balance_cents)
    sequence = entry.sequence
    balance = entry.balance_cents
  }
  const isNew = statement.opening_sequence === 0
  if (isNew) mustBe('opening_balance_cents of an account without entries', 0, statement.opening_balance_cents)
  mustBe('closing_balance_cents', balance, statement.closing_balance_cents)
}
