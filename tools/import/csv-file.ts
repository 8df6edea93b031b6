import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline, type Readable, Transform } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CsvError, type Info, parse } from 'csv-parse'
import { ImportStopped } from './stopped.ts'

/** One row as it stands in the file; `line` is where it begins, the header being line 1. */
export interface CsvRow {
  line: number
  fields: readonly string[]
}

export interface CsvFile {
  /** The rows after the header, in order, read as they are asked for. ImportStopped where the file cannot be read on. */
  rows(): AsyncGenerator<CsvRow>
  /** Bytes read from disk so far: with `size`, the progress. */
  bytesRead(): number
  size: number
  header: readonly string[]
  delimiter: string
  /** SHA-256 of the file as it lies on disk, hex. */
  sha256: string
}

const DELIMITERS = [',', ';', '\t', '|']
/** No row of a bank is longer; a longer one is a quote that nobody closed, which would swallow the rest of the file. */
const MAX_ROW_BYTES = 65_536

/** Opens a `.csv` or `.csv.gz` and reads its header. Memory stays the same whatever the size. */
export async function openCsv(
  path: string,
  options: { encoding: string; delimiter: string | undefined },
): Promise<CsvFile> {
  const { size } = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new ImportStopped(
      error.code === 'ENOENT' ? `there is no file ${path}` : `cannot read ${path}: ${error.message}`,
    )
  })
  const sha256 = await hashOf(path)
  const delimiter = options.delimiter ?? likelyDelimiter(await firstLine(path, options.encoding))
  let header: readonly string[] | undefined
  for await (const row of parsed(textOf(createReadStream(path), path, options.encoding), delimiter)) {
    header = row.fields.map((title) => title.trim())
    break
  }
  if (header === undefined) throw new ImportStopped(`${path} is empty`)
  let raw = createReadStream(path)
  return {
    header,
    delimiter,
    sha256,
    size,
    bytesRead: () => raw.bytesRead,
    async *rows() {
      raw = createReadStream(path, { highWaterMark: 262_144 })
      let isHeader = true
      for await (const row of parsed(textOf(raw, path, options.encoding), delimiter)) {
        if (!isHeader) yield row
        isHeader = false
      }
    },
  }
}

async function hashOf(path: string): Promise<string> {
  const sha256 = createHash('sha256')
  for await (const chunk of createReadStream(path)) sha256.update(chunk as Buffer)
  return sha256.digest('hex')
}

async function firstLine(path: string, encoding: string): Promise<string> {
  let head = ''
  try {
    for await (const text of textOf(createReadStream(path, { highWaterMark: 4096 }), path, encoding)) {
      head += text
      if (/\S.*[\r\n]/.test(head) || head.length > MAX_ROW_BYTES) break
    }
  } catch (error) {
    throw explained(error)
  }
  return head.trimStart().split(/[\r\n]/)[0] ?? ''
}

/** The separator that the header has most of, outside of quotes. */
function likelyDelimiter(headLine: string): string {
  const bare = headLine.replaceAll(/"[^"]*"/g, '')
  const count = (delimiter: string): number => bare.split(delimiter).length
  return DELIMITERS.reduce((best, one) => (count(one) > count(best) ? one : best))
}

/** The text of a file, unpacked and decoded; bytes that are not of the encoding stop it rather than become other names. */
function textOf(raw: Readable, path: string, encoding: string): Readable {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const decode = (chunk: Buffer | undefined): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
    } catch {
      throw new ImportStopped(`${path} is not ${encoding} text; say --encoding windows-1252, or what it is written in`)
    }
  }
  const text = new Transform({
    readableObjectMode: true,
    transform: (chunk: Buffer, _encoding, done) => attempt(() => decode(chunk), done),
    flush: (done) => attempt(() => decode(undefined), done),
  })
  // The reader of `text` gets the error of any part.
  if (path.endsWith('.gz')) pipeline(raw, createGunzip(), text, () => {})
  else pipeline(raw, text, () => {})
  return text
}

function attempt(work: () => string, done: (error: Error | null, text?: string) => void): void {
  try {
    done(null, work())
  } catch (error) {
    done(error as Error)
  }
}

async function* parsed(text: Readable, delimiter: string): AsyncGenerator<CsvRow> {
  const parser = parse({
    delimiter,
    info: true,
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_BYTES,
  })
  pipeline(text, parser, () => {})
  // The parser counts lines at the end of a row, and the two characters of a Windows line end inside quotes as two.
  let surplus = 0
  try {
    for await (const { info, record } of parser as AsyncIterable<{ info: Info; record: string[] }>) {
      for (const field of record) surplus += occurrences('\r\n', field)
      const inside = record.reduce((sum, field) => sum + occurrences('\n', field), 0)
      yield { line: info.lines - surplus - inside, fields: record }
    }
  } catch (error) {
    throw explained(error)
  }
}

function occurrences(part: string, text: string): number {
  let count = 0
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) count += 1
  return count
}

function explained(error: unknown): unknown {
  if (error instanceof CsvError) {
    const isQuote = error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE'
    const reason = isQuote ? 'a quote was opened here or a little before and is never closed' : error.message
    return new ImportStopped(
      `line ${error.lines}: ${reason}; mend the file and run again (rows booked before are known then)`,
    )
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code.startsWith('Z_')
    ? new ImportStopped(`the file is not whole gzip data (${(error as Error).message})`)
    : error
}
