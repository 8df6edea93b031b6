import { setImmediate as breathe } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import PDFDocument from 'pdfkit'
import { isCurrency } from '#libs/money/currencies.ts'
import { formatMinor } from '#libs/money/format.ts'
import type { Statement } from '../store/statements.ts'

const fontFile = (weight: string): string =>
  fileURLToPath(import.meta.resolve(`roboto-fontface/fonts/roboto/Roboto-${weight}.woff`))
const FONTS = { regular: fontFile('Regular'), bold: fontFile('Bold') }

const INK = '#1b1f27'
const QUIET = '#5b6472'
const RULE = '#c9ced6'
const MARGIN = 50
const BOTTOM = 70
const LINE_SIZE = 9
const PAD = 4
/** Rows that are laid out in one go: a long statement does not hold up everybody else in the process. */
const ROWS_AT_ONCE = 25

/** Where the columns stand on an A4 page of 595 points, in points. Roboto's figures all have one width, so amounts stand below each other. */
const COLUMNS = [
  { name: 'Date', x: MARGIN, width: 62, align: 'left' },
  { name: 'Description', x: MARGIN + 66, width: 239, align: 'left' },
  { name: 'Amount', x: MARGIN + 309, width: 90, align: 'right' },
  { name: 'Balance', x: MARGIN + 403, width: 92, align: 'right' },
] as const
const RIGHT = MARGIN + 495

type Document = PDFKit.PDFDocument
type Cells = readonly [string, string, string, string]
type Parent = PDFKit.PDFStructureElement

/** A statement as a tagged PDF on A4, the same bytes for the same statement. */
export async function statementPdf(statement: Statement): Promise<Uint8Array> {
  const title = `Statement ${statement.account_number}, ${statement.from} to ${statement.to}`
  const made = new Date(statement.as_of)
  const document = new PDFDocument({
    size: 'A4',
    margins: { top: MARGIN, left: MARGIN, right: MARGIN, bottom: BOTTOM },
    bufferPages: true,
    tagged: true,
    lang: 'en',
    displayTitle: true,
    pdfVersion: '1.7',
    info: {
      Title: title,
      Author: 'BankFlow',
      Producer: 'BankFlow',
      Creator: 'BankFlow',
      CreationDate: made,
      ModDate: made,
    },
  })
  const bytes = collected(document)
  document.registerFont('regular', FONTS.regular).registerFont('bold', FONTS.bold)
  const root = document.struct('Document')
  document.addStructure(root)
  writeHead(document, root, statement)
  await writeTable(document, root, statement)
  root.end()
  writeFeet(document, statement)
  document.end()
  return bytes
}

function collected(document: Document): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  return new Promise((resolve, reject) => {
    document.on('data', (chunk: Buffer) => chunks.push(chunk))
    document.on('end', () => resolve(Buffer.concat(chunks)))
    document.on('error', reject)
  })
}

function writeHead(document: Document, root: Parent, statement: Statement): void {
  const { holder, account_number, currency, from, to } = statement
  const amount = (minor: bigint): string => `${amountOf(minor, currency)} ${currency}`
  mark(document, root, 'P', () => document.font('bold').fontSize(20).fillColor(INK).text('BankFlow', MARGIN, MARGIN))
  mark(document, root, 'H1', () =>
    document.font('regular').fontSize(13).fillColor(QUIET).text('Account statement', MARGIN, 76),
  )
  ruleAt(document, 100)
  const facts = [
    ['Account holder', holder],
    ['Account number', account_number],
    ['Period', `${from} to ${to}`],
    ['Currency', currency],
  ] as const
  for (const [i, [name, value]] of facts.entries()) fact(document, root, { name, value, x: MARGIN, y: 112 + i * 16 })
  const totals = [
    ['Opening balance', amount(statement.opening_balance_cents)],
    ['Paid in', amount(statement.credits_cents)],
    ['Paid out', amount(statement.debits_cents)],
    ['Closing balance', amount(statement.closing_balance_cents)],
  ] as const
  for (const [i, [name, value]] of totals.entries())
    fact(document, root, { name, value, x: MARGIN + 268, y: 112 + i * 16, alignRight: true })
  document.y = 192
}

function fact(
  document: Document,
  root: Parent,
  at: { name: string; value: string; x: number; y: number; alignRight?: boolean },
): void {
  const { name, value, x, y, alignRight = false } = at
  mark(document, root, 'P', () => {
    document.font('regular').fontSize(LINE_SIZE).fillColor(QUIET).text(name, x, y, { width: 90, lineBreak: false })
    const width = alignRight ? RIGHT - x - 95 : 165
    document
      .font('bold')
      .fillColor(INK)
      .text(clipped(document, value, width), x + 95, y, {
        width,
        align: alignRight ? 'right' : 'left',
        lineBreak: false,
      })
  })
}

/** A table of dates, descriptions, amounts and balances; its head is repeated on each page. */
async function writeTable(document: Document, root: Parent, statement: Statement): Promise<void> {
  const { currency, lines } = statement
  const table = document.struct('Table')
  root.add(table)
  writeRow(document, table, {
    cells: ['Date', 'Description', `Amount (${currency})`, `Balance (${currency})`],
    kind: 'TH',
  })
  writeRow(document, table, {
    cells: [statement.from, 'Opening balance', '', amountOf(statement.opening_balance_cents, currency)],
    kind: 'TD',
    isBold: true,
  })
  for (const [i, line] of lines.entries()) {
    if (i % ROWS_AT_ONCE === 0) await breathe()
    const cells: Cells = [
      line.booking_date,
      line.reference === '' ? line.description : `${line.description}\n${line.reference}`,
      amountOf(line.signed_cents, currency),
      amountOf(line.balance_cents, currency),
    ]
    writeRow(document, table, { cells, kind: 'TD' })
  }
  writeRow(document, table, {
    cells: [statement.to, 'Closing balance', '', amountOf(statement.closing_balance_cents, currency)],
    kind: 'TD',
    isBold: true,
  })
  table.end()
  if (statement.is_truncated)
    note(document, root, 'There are more lines in this period than one statement holds. Ask for a shorter period.')
}

interface Row {
  cells: Cells
  kind: 'TH' | 'TD'
  isBold?: boolean
}

function writeRow(document: Document, table: Parent, row: Row): void {
  const { cells, kind } = row
  const font = kind === 'TH' || row.isBold === true ? 'bold' : 'regular'
  document.font(font).fontSize(LINE_SIZE)
  const height = Math.max(...cells.map((cell, i) => document.heightOfString(cell, { width: columnAt(i).width })))
  if (document.y + height + 2 * PAD > document.page.height - BOTTOM) {
    document.addPage()
    document.y = MARGIN
    if (kind === 'TD') {
      artifactRow(document, ['Date', 'Description', 'Amount', 'Balance'])
      document.font(font).fontSize(LINE_SIZE)
    }
  }
  const y = document.y + PAD
  const tr = document.struct('TR')
  table.add(tr)
  for (const [i, cell] of cells.entries())
    mark(document, tr, kind, () => writeCell(document, cell, { column: i, y, colour: kind === 'TH' ? QUIET : INK }))
  tr.end()
  ruleAt(document, y + height + PAD)
  document.y = y + height + PAD
}

/** The head of the table on a further page: there for the eye, read once only. */
function artifactRow(document: Document, cells: Cells): void {
  document.font('bold').fontSize(LINE_SIZE)
  const y = document.y + PAD
  document.markContent('Artifact', { type: 'Layout' })
  for (const [i, cell] of cells.entries()) writeCell(document, cell, { column: i, y, colour: QUIET })
  document.endMarkedContent()
  ruleAt(document, y + LINE_SIZE + 2 + PAD)
  document.y = y + LINE_SIZE + 2 + PAD
}

function writeCell(document: Document, cell: string, at: { column: number; y: number; colour: string }): void {
  const { x, width, align } = columnAt(at.column)
  document.fillColor(at.colour).text(cell, x, at.y, { width, align })
}

function columnAt(index: number): (typeof COLUMNS)[number] {
  return COLUMNS[index] as (typeof COLUMNS)[number]
}

function note(document: Document, root: Parent, text: string): void {
  mark(document, root, 'P', () =>
    document
      .font('regular')
      .fontSize(LINE_SIZE)
      .fillColor(QUIET)
      .text(text, MARGIN, document.y + 12, { width: 495 }),
  )
}

/** Page numbers, once it is known how many pages there are. */
function writeFeet(document: Document, statement: Statement): void {
  const { start, count } = document.bufferedPageRange()
  for (let page = 0; page < count; page++) {
    document.switchToPage(start + page)
    // Below the margin, where text would begin another page.
    document.page.margins.bottom = 0
    document.markContent('Artifact', { type: 'Pagination' })
    document.font('regular').fontSize(8).fillColor(QUIET)
    const y = document.page.height - 46
    const left = `BankFlow · ${statement.account_number} · as of ${statement.as_of.slice(0, 16).replace('T', ' ')} UTC`
    document.text(left, MARGIN, y, { width: 380, lineBreak: false })
    document.text(`Page ${page + 1} of ${count}`, RIGHT - 100, y, { width: 100, align: 'right', lineBreak: false })
    document.endMarkedContent()
    document.page.margins.bottom = BOTTOM
  }
}

/** Writes content as an element of the document's structure, for readers who do not see the page. */
function mark(document: Document, parent: Parent, type: string, write: () => void): void {
  parent.add(document.struct(type, {}, [write]))
}

function ruleAt(document: Document, y: number): void {
  document.markContent('Artifact', { type: 'Layout' })
  document.moveTo(MARGIN, y).lineTo(RIGHT, y).lineWidth(0.5).strokeColor(RULE).stroke()
  document.endMarkedContent()
}

/** A name as long as its place: what is beyond is cut with an ellipsis. */
function clipped(document: Document, text: string, width: number): string {
  let end = text
  while (end.length > 1 && document.widthOfString(end) > width) end = `${end.replace(/…$/, '').slice(0, -1)}…`
  return end
}

/** Minor units with grouped thousands: `-1,234.56`. */
function amountOf(minor: bigint, currency: string): string {
  const plain = isCurrency(currency) ? formatMinor(minor, currency) : minor.toString()
  const [whole = '', decimals] = plain.split('.')
  const grouped = whole.replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',')
  return decimals === undefined ? grouped : `${grouped}.${decimals}`
}
