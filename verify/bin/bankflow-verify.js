#!/usr/bin/env node
// @ts-check
import { createReadStream, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { isUnreadable, verifyCheckpoints, verifyExport, verifyReceipt, verifyStatement } from '../src/verify.js'

const HELP = `Checks documents of a BankFlow ledger, offline, with nothing but the ledger's public key.

  bankflow-verify receipt FILE --key KEY       one entry, and the transaction that it is part of
  bankflow-verify statement FILE --key KEY     an account's entries of a period, and its balances
  bankflow-verify checkpoints FILE --key KEY   signed states of the ledger: that it only ever grew
  bankflow-verify export FILE --key KEY        all of the books: every entry, balance, seal and signature

FILE  a file, or - for standard input
KEY   the ledger's verifier key, <origin>+<8 hex digits>+<base64>. Take it from the bank's website, or wherever you
      trust it to be the bank's own, and not from the document. Give --key again for an older key.

  --require-signed   export: broken as well when its last entries stand after its last checkpoint
  --json             print the verdict as one line of JSON
  --version, --help

Exit status: 0 valid; 1 broken, and the first link that does not hold is named; 2 it could not be read, or wrong usage.
`
/** A statement longer than this is an export. */
const LARGEST_DOCUMENT = 256 * 1024 * 1024
const CHUNK = 1024 * 1024

/** A wrong command line, or a file that is none of ours. */
class Usage extends Error {}

/** @typedef {{ kind: string, file: string, keys: string[], json: boolean, require_signed: boolean }} Command */

// Who reads our output may stop early (head): that is no fault of the document.
process.stdout.on('error', () => process.exit(process.exitCode ?? 2))
process.exitCode = await main(process.argv.slice(2))

/**
 * @param {string[]} args
 * @returns {Promise<number>}
 */
async function main(args) {
  const isJson = args.includes('--json')
  try {
    const command = parseCommand(args)
    if (typeof command === 'string') {
      process.stdout.write(command)
      return 0
    }
    const verdict = await judge(command)
    process.stdout.write(
      command.json ? `${JSON.stringify({ kind: command.kind, ...verdict })}\n` : told(command, verdict),
    )
    return verdict.valid ? 0 : 1
  } catch (error) {
    const message = explained(error)
    if (isJson) process.stdout.write(`${JSON.stringify({ valid: null, error: message })}\n`)
    else process.stderr.write(`bankflow-verify: ${message}\n`)
    return 2
  }
}

/**
 * One line about what went wrong; a fault of this program says that it is one.
 * @param {unknown} error
 */
function explained(error) {
  const { message, code } = /** @type {Error & { code?: unknown }} */ (error)
  const isKnown = error instanceof Usage || isUnreadable(error) || typeof code === 'string'
  return isKnown ? message : `a fault of bankflow-verify itself, please report it: ${message}`
}

/**
 * The command, or the text that was asked for.
 * @param {string[]} args
 * @returns {Command | string}
 */
function parseCommand(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      key: { type: 'string', multiple: true, short: 'k' },
      json: { type: 'boolean', default: false },
      'require-signed': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      version: { type: 'boolean', default: false },
    },
  })
  if (values.help) return HELP
  if (values.version) return `${version()}\n`
  const [kind = '', file = '', ...more] = positionals
  if (!['receipt', 'statement', 'checkpoints', 'export'].includes(kind)) {
    throw new Usage(
      `${kind === '' ? 'say what to check' : `${kind} is nothing to check`}: receipt, statement, checkpoints or export; see --help`,
    )
  }
  if (file === '') throw new Usage('name the file to check, or - for standard input')
  if (more.length > 0) throw new Usage(`one file at a time: ${more.join(' ')} is too much`)
  if (values.key === undefined)
    throw new Usage('give the verifier key of the ledger: --key <origin>+<8 hex digits>+<base64>')
  return { kind, file, keys: values.key, json: values.json, require_signed: values['require-signed'] }
}

/**
 * @param {Command} command
 * @returns {Promise<Record<string, unknown> & { valid: boolean }>}
 */
async function judge({ kind, file, keys, require_signed }) {
  const source = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: CHUNK })
  if (kind === 'checkpoints') return await verifyCheckpoints(source, { keys })
  if (kind === 'export') {
    const verdict = await verifyExport(source, { keys })
    if (!verdict.valid || !require_signed || verdict.entries_signed === verdict.entries) return verdict
    const link = {
      what: 'the last checkpoint',
      expected: `all ${verdict.entries} entries`,
      found: `${verdict.entries_signed}`,
    }
    return { valid: false, broken: link }
  }
  const text = await readWhole(source)
  return kind === 'receipt' ? verifyReceipt(text, { keys }) : verifyStatement(text, { keys })
}

/** @param {AsyncIterable<Buffer>} source */
async function readWhole(source) {
  /** @type {Buffer[]} */
  const chunks = []
  let length = 0
  for await (const chunk of source) {
    length += chunk.length
    if (length > LARGEST_DOCUMENT) throw new Usage(`it is longer than ${LARGEST_DOCUMENT} bytes`)
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw new Usage('it is not UTF-8')
  }
}

/**
 * @param {Command} command
 * @param {Record<string, unknown> & { valid: boolean }} verdict
 */
function told({ kind }, { valid, broken, warnings, ...proven }) {
  if (!valid) {
    const { line, what, expected, found } = /** @type {import('../src/verify.js').BrokenLink} */ (broken)
    const place = line === undefined ? '' : `, line ${line}`
    return `BROKEN ${kind}${place}\n  what      ${what}\n  expected  ${expected}\n  found     ${found}\n`
  }
  const facts = Object.entries(proven).flatMap(([name, value]) => factOf(name, value))
  const doubts = /** @type {string[]} */ (warnings ?? []).map((warning) => `  note: ${warning}\n`)
  return [`valid ${kind}\n`, ...facts, ...doubts].join('')
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function factOf(name, value) {
  const isGroup = typeof value === 'object' && value !== null
  const text = isGroup
    ? Object.entries(value)
        .map(([key, member]) => `${key.replaceAll('_', ' ')} ${member}`)
        .join(', ')
    : String(value ?? 'none')
  return `  ${name.replaceAll('_', ' ').padEnd(22)}${text}\n`
}

function version() {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return /** @type {{ version: string }} */ (JSON.parse(text)).version
}
