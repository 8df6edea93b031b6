import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'

/** Why a text is no value of a setting: the end of the sentence "PORT: "abc" …". */
export type Refusal = { readonly refusal: string }

/** How one environment variable is read. Made by the functions below, which are the kinds there are. */
export type Setting<T> = {
  readonly kind: string
  readonly env: string
  readonly default: T
  readonly describe: string
  /** What may be given, for the message and the documentation. */
  readonly allowed: string
  readonly is_secret: boolean
  parse(text: string): T | Refusal
  /** The text that `parse` reads as the value. */
  write(value: unknown): string
}

/** What every kind takes. `default: undefined` makes the setting optional, and its value `T | undefined`. */
type Told<D> = { readonly env: string; readonly default: D; readonly describe: string; readonly secret?: boolean }

type Kind<T> = {
  readonly kind: string
  readonly allowed: string
  parse(text: string): T | Refusal
  write?(value: unknown): string
}

/** A whole number from `min` to `max`, both included. */
export function integer<D extends number | undefined>(
  told: Told<D> & { readonly min: number; readonly max: number },
): Setting<number | D> {
  const { min, max } = told
  return settingOf<number, D>(told, {
    kind: 'integer',
    allowed: `a whole number from ${min} to ${max}`,
    parse(text) {
      if (!/^(0|-?[1-9]\d{0,15})$/.test(text)) return { refusal: 'is not a whole number' }
      const value = Number(text)
      return value < min || value > max ? { refusal: 'is out of bounds' } : value
    },
  })
}

/** A text of at most `max_length` characters (200 unless told), and of a form when `pattern` and its description are given. */
export function text<D extends string | undefined>(
  told: Told<D> & { readonly max_length?: number; readonly pattern?: RegExp; readonly form?: string },
): Setting<string | D> {
  const { max_length = 200, pattern } = told
  const form = told.form ?? (pattern ? `a text like ${pattern.source}` : 'a text')
  return settingOf<string, D>(told, {
    kind: 'text',
    allowed: `${form} of at most ${max_length} characters`,
    parse(value) {
      if (value.length > max_length) return { refusal: 'is too long' }
      return pattern && !pattern.test(value) ? { refusal: 'has another form' } : value
    },
  })
}

/** One of the values named. */
export function choice<const V extends string, const D extends NoInfer<V> | undefined>(
  told: Told<D> & { readonly values: readonly V[] },
): Setting<V | D> {
  return settingOf<V, D>(told, {
    kind: 'choice',
    allowed: told.values.join(' or '),
    parse: (value) => told.values.find((one) => one === value) ?? { refusal: 'is not among the choices' },
  })
}

/** `true` or `false`, also written 1 and 0. */
export function flag<D extends boolean | undefined>(told: Told<D>): Setting<boolean | D> {
  return settingOf<boolean, D>(told, {
    kind: 'flag',
    allowed: 'true or false',
    parse(value) {
      if (value === 'true' || value === '1') return true
      return value === 'false' || value === '0' ? false : { refusal: 'is neither true nor false' }
    },
  })
}

/** An absolute URL of one of the protocols (http and https unless told), as text. Say `secret` when it may hold a password. */
export function url<D extends string | undefined>(
  told: Told<D> & { readonly protocols?: readonly string[] },
): Setting<string | D> {
  const { protocols = ['http', 'https'] } = told
  return settingOf<string, D>(told, {
    kind: 'url',
    allowed: `a URL that starts with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`,
    parse(value) {
      const parsed = URL.parse(value)
      if (!parsed) return { refusal: 'is not a URL' }
      return protocols.includes(parsed.protocol.slice(0, -1)) ? value : { refusal: 'has another protocol' }
    },
  })
}

/** The absolute path of a file; `exists: true` refuses one that is not there. */
export function file<D extends string | undefined>(told: Told<D> & { readonly exists?: boolean }): Setting<string | D> {
  return path('file', told)
}

/** A file that is there and holds certificates or keys (PEM): one of another kind would be found out by each connection anew. */
export function pemFile<D extends string | undefined>(told: Told<D>): Setting<string | D> {
  const setting = file({ ...told, exists: true })
  return {
    ...setting,
    parse(value) {
      const parsed = setting.parse(value)
      if (typeof parsed !== 'string') return parsed
      return holdsPem(parsed) ? parsed : { refusal: 'holds nothing in PEM that can be read' }
    },
  }
}

/** True for a file that can be read and has a certificate or a key in PEM, or begins like that. */
export function holdsPem(path: string): boolean {
  try {
    return readFileSync(path, 'utf8').includes('-----BEGIN ')
  } catch {
    return false
  }
}

/** The absolute path of a folder; `exists: true` refuses one that is not there. */
export function folder<D extends string | undefined>(
  told: Told<D> & { readonly exists?: boolean },
): Setting<string | D> {
  return path('folder', told)
}

/** Texts between commas, blanks around them ignored, at most `max_items` (50 unless told), each like `pattern` when given. */
export function list<D extends readonly string[] | undefined>(
  told: Told<D> & { readonly max_items?: number; readonly pattern?: RegExp; readonly form?: string },
): Setting<readonly string[] | D> {
  const { max_items = 50, pattern } = told
  const form = told.form ?? (pattern ? `texts like ${pattern.source}` : 'texts')
  return settingOf<readonly string[], D>(told, {
    kind: 'list',
    allowed: `${form} between commas, at most ${max_items}`,
    write: (value) => (value as readonly string[]).join(','),
    parse(value) {
      const items = value === '' ? [] : value.split(',').map((item) => item.trim())
      if (items.length > max_items) return { refusal: 'has too many items' }
      const is_good = items.every((item) => item !== '' && (pattern?.test(item) ?? true))
      return is_good ? Object.freeze(items) : { refusal: 'has an item of another form' }
    },
  })
}

function path<D extends string | undefined>(
  kind: 'file' | 'folder',
  told: Told<D> & { readonly exists?: boolean },
): Setting<string | D> {
  return settingOf<string, D>(told, {
    kind,
    allowed: `the path of ${told.exists ? 'an existing' : 'a'} ${kind}`,
    parse(value) {
      if (value.includes('\0')) return { refusal: 'is not a path' }
      const absolute = resolve(value)
      const stat = statSync(absolute, { throwIfNoEntry: false })
      if (!stat) return told.exists ? { refusal: 'does not exist' } : absolute
      return (kind === 'file') === stat.isDirectory() ? { refusal: `is not a ${kind}` } : absolute
    },
  })
}

function settingOf<T, D extends T | undefined>(told: Told<D>, kind: Kind<T>): Setting<T | D> {
  const { env, describe, secret = false } = told
  return { write: String, ...kind, env, default: told.default, describe, is_secret: secret }
}
