// @ts-check
// What programs import. Every function answers a verdict: valid with what was proven, or the first broken link. It throws Unreadable for
// what cannot be judged at all, and passes on the errors of the source that it reads from.
import { EXPORT, Export } from './export.js'
import { NotJson, parseJson } from './json.js'
import { linesOf, recordsOf } from './lines.js'
import { parseKeys } from './notes.js'
import { checkReceipt, RECEIPT } from './receipt.js'
import { Series } from './series.js'
import { checkStatement, STATEMENT } from './statement.js'
import { Broken, shown, Unreadable } from './verdict.js'

/**
 * @typedef {import('./verdict.js').BrokenLink} BrokenLink
 * @typedef {{ keys: string | readonly string[] }} Options verifier keys; several where the bank has changed its key
 * @typedef {{ valid: false, broken: BrokenLink }} Refusal
 * @typedef {import('./lines.js').Source} Source
 */
/**
 * @template Proven
 * @typedef {({ valid: true } & Proven) | Refusal} Verdict
 */

/**
 * Whether an error says that nothing could be judged: a wrong key, no document of the kind.
 * @param {unknown} error
 * @returns {error is Error}
 */
export function isUnreadable(error) {
  return error instanceof Unreadable
}

/**
 * Checks a receipt: its entry, and its transaction where it holds one.
 * @param {string} text
 * @param {Options} options
 * @returns {Verdict<ReturnType<typeof checkReceipt>>}
 */
export function verifyReceipt(text, options) {
  return verifyDocument(text, RECEIPT, options, checkReceipt)
}

/**
 * Checks a statement: every entry, that none is missing between them, and the balances.
 * @param {string} text
 * @param {Options} options
 * @returns {Verdict<ReturnType<typeof checkStatement>>}
 */
export function verifyStatement(text, options) {
  return verifyDocument(text, STATEMENT, options, checkStatement)
}

/**
 * Checks a series of checkpoints: notes between lines `---`, or lines of JSON with consistency proofs.
 * @param {Source} source
 * @param {Options} options
 * @returns {Promise<Verdict<ReturnType<Series['summary']>>>}
 */
export async function verifyCheckpoints(source, options) {
  const series = new Series(parseKeys(options.keys))
  return await judgeLines(series, async (judge) => {
    for await (const { number, text, is_json } of recordsOf(source)) {
      judge(number, () => (is_json ? series.addLink(parseJson(text)) : series.addNote(text)))
    }
  })
}

/**
 * Checks a whole export: every hash, seal, root and checkpoint, every posting and running balance.
 * @param {Source} source
 * @param {Options} options
 * @returns {Promise<Verdict<ReturnType<Export['summary']>>>}
 */
export async function verifyExport(source, options) {
  const document = new Export(parseKeys(options.keys))
  return await judgeLines(document, async (judge) => {
    for await (const { number, text } of linesOf(source)) {
      if (number === 1) mustBeOf(parsedFirst(text), EXPORT)
      judge(number, () => document.add(parseJson(text)))
    }
  })
}

/**
 * @template Proven
 * @param {string} text
 * @param {string} format
 * @param {Options} options
 * @param {(document: unknown, keys: ReturnType<typeof parseKeys>) => Proven} check
 * @returns {Verdict<Proven>}
 */
function verifyDocument(text, format, options, check) {
  const keys = parseKeys(options.keys)
  try {
    const document = parseJson(text)
    mustBeOf(document, format)
    return { valid: true, ...check(document, keys) }
  } catch (error) {
    if (error instanceof Broken) return { valid: false, broken: error.link }
    if (!(error instanceof NotJson)) throw error
    const link = linkOf(error, text)
    if (!error.is_ambiguous) throw new Unreadable(`not JSON: line ${link.line}, ${link.found}`)
    return { valid: false, broken: link }
  }
}

/**
 * Judges line by line until the first broken link; `summary` says in the end what was proven.
 * @template Proven
 * @param {{ summary: () => Proven }} document
 * @param {(judge: (line: number, check: () => void) => void) => Promise<void>} read
 * @returns {Promise<Verdict<Proven>>}
 */
async function judgeLines(document, read) {
  let last = 0
  try {
    await read(judge)
    if (last === 0) throw new Unreadable('it is empty')
    return { valid: true, ...document.summary() }
  } catch (error) {
    if (!(error instanceof Broken)) throw error
    // Before the first line could be looked at, nothing says that this is one of our documents at all.
    if (last === 0) throw new Unreadable(`its first line cannot be read: ${error.link.what}, ${error.link.found}`)
    return { valid: false, broken: { line: last, ...error.link } }
  }

  /**
   * @param {number} line
   * @param {() => void} check
   */
  function judge(line, check) {
    last = line
    try {
      check()
    } catch (error) {
      if (error instanceof NotJson) throw new Broken({ ...linkOf(error, ''), line })
      throw error
    }
  }
}

/**
 * @param {string} text
 * @returns {unknown}
 */
function parsedFirst(text) {
  try {
    return JSON.parse(text)
  } catch {
    throw new Unreadable('its first line is not JSON')
  }
}

/**
 * Unreadable when the document says to be something else: who knows what it means?
 * @param {unknown} document
 * @param {string} format
 */
function mustBeOf(document, format) {
  const isObject = typeof document === 'object' && document !== null && Object.hasOwn(document, 'format')
  const said = isObject ? /** @type {{ format: unknown }} */ (document).format : undefined
  if (said !== format) throw new Unreadable(`its format should be ${format} and is ${shown(said)}`)
}

/**
 * @param {NotJson} error
 * @param {string} text
 * @returns {BrokenLink}
 */
function linkOf({ message, position }, text) {
  const before = text.slice(0, position).split('\n')
  const column = text === '' ? position + 1 : (before.at(-1) ?? '').length + 1
  return {
    line: before.length,
    what: 'JSON',
    expected: 'JSON in which no key stands twice and numbers are whole',
    found: shown(`column ${column}: ${message}`),
  }
}
