/** What a client of PostgreSQL sends in one go and waits for the answer of. */
export interface Unit {
  /** `describe` asks for the types of a statement, which follows at once. */
  readonly kind: 'connect' | 'statement' | 'describe' | 'terminate'
  readonly bytes: Buffer
  /** The statement in one line. */
  readonly text: string
}

const QUERY = 0x51
const PARSE = 0x50
const BIND = 0x42
const SYNC = 0x53
const FLUSH = 0x48
const TERMINATE = 0x58
const PASSWORD = 0x70

/** Cuts the stream of a client into units (PostgreSQL's frontend/backend protocol 3.0, §54.7). */
export class FrontendStream {
  readonly #statements = new Map<string, string>()
  #pending = Buffer.alloc(0)
  #unitStart = 0
  #hasStarted = false
  #text = ''

  /** Takes bytes; returns the units that are whole now. Words of the authentication come as units of kind `connect`. */
  take(chunk: Buffer): Unit[] {
    this.#pending = Buffer.concat([this.#pending, chunk])
    const units: Unit[] = []
    let at = this.#unitStart
    for (;;) {
      const header = this.#hasStarted ? 1 : 0
      if (this.#pending.length < at + header + 4) break
      const end = at + header + this.#pending.readUInt32BE(at + header)
      if (this.#pending.length < end) break
      const type = this.#hasStarted ? (this.#pending[at] as number) : PASSWORD
      this.#hasStarted = true
      const kind = this.#kindOf(type, this.#pending.subarray(at + header + 4, end))
      at = end
      if (kind === undefined) continue
      units.push({ kind, bytes: this.#pending.subarray(0, at), text: this.#text })
      this.#pending = this.#pending.subarray(at)
      this.#text = ''
      at = 0
    }
    this.#unitStart = at
    return units
  }

  /** The kind of unit that a message ends, or undefined when more of it follows. */
  #kindOf(type: number, body: Buffer): Unit['kind'] | undefined {
    if (type === PASSWORD) return 'connect'
    if (type === TERMINATE) return 'terminate'
    if (type === FLUSH) return 'describe'
    if (type === SYNC) return 'statement'
    if (type === QUERY) this.#text = inOneLine(textAt(body, 0).text)
    if (type === PARSE) {
      const name = textAt(body, 0)
      this.#text = inOneLine(textAt(body, name.end).text)
      this.#statements.set(name.text, this.#text)
    }
    if (type === BIND) this.#text = this.#statements.get(textAt(body, textAt(body, 0).end).text) ?? ''
    return type === QUERY ? 'statement' : undefined
  }
}

function textAt(body: Buffer, start: number): { text: string; end: number } {
  const end = body.indexOf(0, start)
  return { text: body.toString('utf8', start, end), end: end + 1 }
}

function inOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

/** How a server's answer to a unit ended. */
export interface Answer {
  readonly bytes: Buffer
  /** What was done (`INSERT 0 1`), or the code and text of the error. */
  readonly outcome: string
  /** The process of the server, when it says so at the start. */
  readonly pid: number | undefined
  /** `I` outside a transaction, `T` inside, `E` in a failed one; undefined in the middle of an exchange. */
  readonly status: string | undefined
}

const READY = 'Z'
const COMPLETE = 'C'
const ERROR = 'E'
const KEY = 'K'
const DESCRIBED = new Set(['T', 'n', ERROR])

/** Gathers a server's stream into answers. */
export class BackendStream {
  #pending = Buffer.alloc(0)
  #at = 0
  #outcome = ''
  #pid: number | undefined

  /** Takes bytes; returns the answer to the unit that is with the server, once it is whole. */
  take(chunk: Buffer, asked: Unit['kind']): Answer | undefined {
    this.#pending = Buffer.concat([this.#pending, chunk])
    while (this.#pending.length >= this.#at + 5) {
      const end = this.#at + 1 + this.#pending.readUInt32BE(this.#at + 1)
      if (this.#pending.length < end) return undefined
      const type = String.fromCharCode(this.#pending[this.#at] as number)
      const body = this.#pending.subarray(this.#at + 5, end)
      this.#at = end
      if (type === COMPLETE) this.#outcome = textAt(body, 0).text
      if (type === ERROR) this.#outcome = errorIn(body)
      if (type === KEY) this.#pid = body.readUInt32BE(0)
      if (type === READY || (asked === 'describe' && DESCRIBED.has(type)))
        return this.#whole(type === READY ? String.fromCharCode(body[0] as number) : undefined)
    }
    return undefined
  }

  /** What came so far of an exchange that goes both ways, to be handed on at once. */
  takePart(): Buffer {
    const part = this.#pending.subarray(0, this.#at)
    this.#pending = this.#pending.subarray(this.#at)
    this.#at = 0
    return part
  }

  #whole(status: string | undefined): Answer {
    const answer = { bytes: this.takePart(), outcome: this.#outcome, pid: this.#pid, status }
    this.#outcome = ''
    return answer
  }
}

function errorIn(body: Buffer): string {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .map((field) => [field.slice(0, 1), field.slice(1)]),
  )
  return `error ${fields.get('C')} ${fields.get('M')}`
}

/** Startup words of a client without the limits that the server would count in real time. */
export function withoutTimeouts(startup: Buffer): Buffer {
  const words = startup.toString('utf8', 8).split('\0')
  const kept: string[] = []
  for (let i = 0; i + 1 < words.length && words[i] !== ''; i += 2)
    if (!/_timeout$/.test(words[i] as string)) kept.push(words[i] as string, words[i + 1] as string)
  const body = Buffer.from(`${kept.join('\0')}\0\0`)
  const header = Buffer.from(startup.subarray(0, 8))
  header.writeUInt32BE(8 + body.length, 0)
  return Buffer.concat([header, body])
}
