import type { Refusal, Setting } from './kinds.ts'

/** The settings of one service or library: the name in code → how it is read. */
export type Settings = Readonly<Record<string, Setting<unknown>>>

/** The values of settings, typed by their declarations. */
export type ValuesOf<S extends Settings> = { readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never }

/** A row of the table of settings in the documentation. */
export type SettingRow = {
  readonly env: string
  readonly kind: string
  readonly default: string
  readonly allowed: string
  readonly describe: string
}

/** The environment in which the program was started. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A setting that is invalid or unknown. `message` is one line for the operator; print it and exit. */
export class SettingsRefused extends Error {
  override readonly name = 'SettingsRefused'
}

/** Declares settings; RangeError when two of them read the same variable or a default is out of its own bounds (our bugs). */
export function declareSettings<const S extends Settings>(settings: S): S {
  const variables = new Set<string>()
  for (const { env, kind, describe, default: value, parse, write } of Object.values(settings)) {
    if (!/^[A-Z][A-Z0-9_]*$/.test(env)) throw new RangeError(`${env} is not the name of an environment variable`)
    if (variables.has(env)) throw new RangeError(`${env} is declared twice`)
    if (describe.trim() === '') throw new RangeError(`${env} needs a description`)
    variables.add(env)
    // Whether a path is there is a matter of the machine, not of the declaration: it is asked when settings are read.
    if (value === undefined || kind === 'file' || kind === 'folder') continue
    const parsed = parse(write(value))
    if (isRefusal(parsed)) throw new RangeError(`the default of ${env} ${parsed.refusal}`)
  }
  return settings
}

/** The values for an environment, frozen. SettingsRefused names the variable, its value (unless secret) and what is allowed. */
export function readSettings<S extends Settings>(settings: S, env: Environment): ValuesOf<S> {
  const values = Object.entries(settings).map(([name, setting]) => [name, readSetting(setting, env[setting.env])])
  return Object.freeze(Object.fromEntries(values)) as ValuesOf<S>
}

function readSetting(setting: Setting<unknown>, given: string | undefined): unknown {
  if (given === undefined && setting.default === undefined) return undefined
  // A default goes the same way as a given value, so that a relative path becomes absolute and must exist where it says so.
  const text = given ?? setting.write(setting.default)
  // An empty variable is mostly a template that was not filled in: taking the default would hide that.
  if (given === '') throw new SettingsRefused(`${setting.env} is empty; unset it or give ${setting.allowed}`)
  const parsed = setting.parse(text)
  if (!isRefusal(parsed)) return parsed
  const shown = setting.is_secret ? 'its value, which is secret,' : quoted(text)
  throw new SettingsRefused(`${setting.env}: ${shown} ${parsed.refusal}; give ${setting.allowed}`)
}

/**
 * Refuses a variable that starts with the prefix and is declared nowhere: a misspelt setting would otherwise silently
 * keep its default. SettingsRefused suggests the nearest declared name.
 */
export function refuseUnknownSettings(declarations: readonly Settings[], env: Environment, prefix = 'BANKFLOW_'): void {
  const known = new Set(declarations.flatMap((settings) => Object.values(settings).map((setting) => setting.env)))
  for (const name of Object.keys(env).sort()) {
    if (!name.startsWith(prefix) || known.has(name)) continue
    const nearest = nearestOf(name, known)
    throw new SettingsRefused(`${oneLine(name)} is not a setting${nearest ? `; did you mean ${nearest}?` : ''}`)
  }
}

/** The table of settings in order of variables, for the documentation; a secret's default is not shown. */
export function describeSettings(declarations: readonly Settings[]): SettingRow[] {
  const rows = declarations.flatMap((settings) => Object.values(settings).map(rowOf))
  return rows.sort((a, b) => (a.env < b.env ? -1 : 1))
}

function rowOf(setting: Setting<unknown>): SettingRow {
  const { env, kind, allowed, describe, is_secret, default: value } = setting
  const shown = value === undefined ? '(none)' : is_secret ? '(secret)' : setting.write(value)
  return { env, kind, default: shown, allowed, describe }
}

function isRefusal(parsed: unknown): parsed is Refusal {
  return typeof parsed === 'object' && parsed !== null && 'refusal' in parsed
}

function quoted(text: string): string {
  // A value may be a URL with a password in it, and may be long.
  const safe = text.replace(/:\/\/[^/@]*@/g, '://…@')
  return JSON.stringify(safe.length > 80 ? `${safe.slice(0, 80)}…` : safe)
}

function oneLine(name: string): string {
  return JSON.stringify(name.slice(0, 80)).slice(1, -1)
}

/** The known name with the fewest edits, if they are fewer than a third of its length. */
function nearestOf(name: string, known: ReadonlySet<string>): string | undefined {
  let nearest: string | undefined
  let fewest = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const edits = editDistance(name.slice(0, 80), candidate)
    if (edits < fewest && edits * 3 < candidate.length) [nearest, fewest] = [candidate, edits]
  }
  return nearest
}

/** Levenshtein's distance: insertions, deletions and replacements from one text to the other. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1]
    for (let j = 0; j < to.length; j += 1) {
      const [above = 0, left = 0, diagonal = 0] = [row[j + 1], next[j], row[j]]
      next.push(Math.min(above + 1, left + 1, diagonal + (letter === to[j] ? 0 : 1)))
    }
    row = next
  }
  return row[to.length] ?? 0
}
