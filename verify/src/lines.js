// @ts-check
import { isUtf8 } from 'node:buffer'
import { Broken } from './verdict.js'

/** @typedef {AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>} Source */

/** No line of any format needs more: a transaction of 100,000 postings fits. */
const LONGEST_LINE = 64 * 1024 * 1024
const NEWLINE = 0x0a
const SEPARATOR = '---'
const LONGEST_NOTE = 64 * 1024
const TOO_LONG = { what: 'length of a note', expected: `at most ${LONGEST_NOTE} characters`, found: 'more' }

/**
 * The lines of a stream of UTF-8, with their numbers from 1, never more than one of them in memory. The last one may lack its newline.
 * @param {Source} source
 * @returns {AsyncGenerator<{ number: number, text: string, is_ended: boolean }>}
 */
export async function* linesOf(source) {
  let number = 1
  /** @type {Buffer[]} */
  let held = []
  let length = 0
  for await (const chunk of source) {
    let bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE)) {
      mustFit(length + end, number)
      const line = held.length === 0 ? bytes.subarray(0, end) : Buffer.concat([...held, bytes.subarray(0, end)])
      yield { number, text: textOf(line, number), is_ended: true }
      bytes = bytes.subarray(end + 1)
      held = []
      length = 0
      number += 1
    }
    length += bytes.length
    mustFit(length, number)
    if (bytes.length > 0) held.push(bytes)
  }
  if (length > 0) yield { number, text: textOf(Buffer.concat(held), number), is_ended: false }
}

/**
 * The checkpoints of a series, each with the number of its first line: notes between lines `---`, or a line of JSON each.
 * @param {Source} source
 * @returns {AsyncGenerator<{ number: number, text: string, is_json: boolean }>}
 */
export async function* recordsOf(source) {
  /** @type {boolean | undefined} */
  let is_json
  /** @type {{ number: number, text: string } | undefined} */
  let note
  for await (const { number, text, is_ended } of linesOf(source)) {
    if (note === undefined && text === '' && is_json !== true) continue
    is_json ??= text.startsWith('{')
    if (is_json) yield { number, text, is_json }
    else if (text !== SEPARATOR) {
      note ??= { number, text: '' }
      note.text += is_ended ? `${text}\n` : text
      if (note.text.length > LONGEST_NOTE) throw new Broken({ line: number, ...TOO_LONG })
    } else if (note !== undefined) {
      yield { ...trimmed(note), is_json }
      note = undefined
    }
  }
  if (note !== undefined) yield { ...trimmed(note), is_json: false }
}

/**
 * Without the empty lines that stand between a note and what follows it.
 * @param {{ number: number, text: string }} note
 */
function trimmed({ number, text }) {
  return { number, text: text.replace(/\n+$/, '\n') }
}

/**
 * @param {number} length
 * @param {number} line
 */
function mustFit(length, line) {
  if (length <= LONGEST_LINE) return
  throw new Broken({ line, what: 'length of the line', expected: `at most ${LONGEST_LINE} bytes`, found: 'more' })
}

/**
 * @param {Buffer} bytes
 * @param {number} line
 */
function textOf(bytes, line) {
  const text = bytes.toString('utf8')
  // Only a text with this character may come from bytes that are no UTF-8.
  if (text.includes('\ufffd') && !isUtf8(bytes)) {
    throw new Broken({ line, what: 'encoding', expected: 'UTF-8', found: 'other bytes' })
  }
  return text
}
