/** One change of a document; `draw` chooses where. */
export type Change = {
  readonly how: 'alter' | 'remove' | 'repeat' | 'swap' | 'retype'
  readonly draw: number
}
type Path = readonly (string | number)[]
type Holder = Record<string | number, unknown>

/** Every place in a document: of members and of elements, and what these hold. */
export function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return path.length === 0 ? [] : [path]
  const keys = Array.isArray(value) ? value.map((_, i) => i) : Object.keys(value)
  const below = keys.flatMap((key) => pathsIn((value as Holder)[key], [...path, key]))
  return path.length === 0 ? below : [path, ...below]
}

/** A copy of the document that differs from it in one place, and where. */
export function changed(
  document: unknown,
  change: Change,
  at?: Path,
): { readonly value: unknown; readonly path: Path } {
  const paths = pathsIn(document)
  for (let i = 0; ; i += 1) {
    const path = at ?? paths[(change.draw + i) % paths.length] ?? []
    const value = structuredClone(document)
    const holder = path.slice(0, -1).reduce((inner: unknown, key) => (inner as Holder)[key], value) as Holder
    apply(holder, path.at(-1) ?? '', change)
    if (at !== undefined || JSON.stringify(value) !== JSON.stringify(document)) return { value, path }
  }
}

function apply(holder: Holder, key: string | number, { how, draw }: Change): void {
  const value = holder[key]
  const list = Array.isArray(holder) ? holder : undefined
  const at = Number(key)
  if (how === 'remove') list === undefined ? delete holder[key] : list.splice(at, 1)
  else if (how === 'repeat' && list !== undefined) list.splice(at, 0, structuredClone(value))
  else if (how === 'swap' && list !== undefined) list.splice(at, 2, list[at + 1] ?? list[at], list[at])
  else if (how === 'retype') holder[key] = retyped(value)
  else holder[key] = altered(value, draw)
}

function retyped(value: unknown): unknown {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' ? [value] : 1.5
}

/** Another value of the same kind. */
function altered(value: unknown, draw: number): unknown {
  if (typeof value === 'number') return draw % 2 === 0 ? value + 1 : value - 1
  if (typeof value === 'boolean') return !value
  if (typeof value === 'string') return alteredText(value, draw)
  if (Array.isArray(value)) return value.length === 0 ? [1] : value.toReversed()
  return value === null ? 'x' : { ...value, more: 1 }
}

function alteredText(text: string, draw: number): string {
  const at = draw % (text.length + 1)
  const next = text.charCodeAt(at) === 0x31 ? '2' : '1'
  return text.slice(0, at) + next + text.slice(at + 1)
}
