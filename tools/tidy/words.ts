import type { Tree } from './tree.ts'

/** Words that no file may hold, this table apart. The workplace is nobody's business, and unfinished work is an issue. */
export const BANNED_WORDS: readonly { readonly pattern: RegExp; readonly reason: string; readonly sample: string }[] = [
  { pattern: /(?<![\w.])\/work\//, reason: 'a path of the machine it was written on', sample: '/work/main' },
  { pattern: /\/tmp\/(brief|exp)\b/, reason: 'a path of the machine it was written on', sample: '/tmp/brief' },
  { pattern: /polyglot/i, reason: 'a name of the workplace', sample: 'Polyglot' },
  {
    pattern: /artifactory|verdaccio|\bnexus\b|npmmirror|registry[.-]mirror|mirror[.-]registry/i,
    reason: 'a private registry',
    sample: 'https://artifactory.example/npm',
  },
  { pattern: /\bTODO\b/, reason: 'unfinished work belongs in an issue', sample: 'TODO' },
  { pattern: /\bFIXME\b/, reason: 'unfinished work belongs in an issue', sample: 'FIXME' },
  {
    pattern: /in a real (system|bank|world app)/i,
    reason: 'this is the real system',
    sample: 'In a real system we would',
  },
  {
    pattern: /\bstub(bed)? for now\b|\bfor now\b.*\bstub/i,
    reason: 'it works or it is absent',
    sample: 'stub for now',
  },
]

const TABLE = 'tools/tidy/words.ts'

/** Lines that hold a banned word, as `path:line: reason`. */
export function bannedWords(tree: Tree): string[] {
  const found: string[] = []
  for (const [path, text] of tree) {
    if (path === TABLE) continue
    text.split('\n').forEach((line, i) => {
      const hit = BANNED_WORDS.find(({ pattern }) => pattern.test(line))
      if (hit !== undefined) found.push(`${path}:${i + 1}: ${hit.reason}: ${line.trim().slice(0, 100)}`)
    })
  }
  return found
}
