/** What a statement of a migration takes away from code that is still running, and what to do instead. */
const CONTRACTING: readonly (readonly [RegExp, string])[] = [
  [/\bdrop\s+(table|column|view|function|trigger|type|sequence|schema)\b/, 'drops what running code may use'],
  [/\brename\b/, 'renames what running code knows by its old name: add the new one beside it'],
  [/\balter\s+(column\s+)?\w+\s+(set\s+data\s+)?type\b/, 'changes a type: add a column beside it'],
  [/\bset\s+not\s+null\b/, 'refuses what running code may leave out'],
  [/\brevoke\b(?![^;]*\bfrom\s+public\b)/, 'takes a right away'],
  [/\btruncate\b|\bdelete\s+from\b/, 'deletes what running code may look for'],
  [
    /\badd\s+(column\s+)?(?!constraint|primary|unique|check|foreign)\w+\s+(?=[^,;]*\bnot\s+null\b)(?![^,;]*\b(default|generated)\b)/,
    'adds a column that running code does not fill: give it a default',
  ],
  [/\badd\s+(constraint\s+\w+\s+)?(check|unique|foreign\s+key|exclude)\b/, 'refuses rows that running code may write'],
]

/** A migration that contracts says so in its first lines, and since which release nobody needs what it takes away. */
const SAYS_SO = /^--\s*contract:\s*\S+/m

/** Why a migration must not stand beside code that is still running; empty for one that only adds, and for one that says what it takes away. */
export function contractingStatements(text: string): string[] {
  if (SAYS_SO.test(text)) return []
  const plain = text
    .replaceAll(/--[^\n]*/g, '')
    .replaceAll(/\$(\w*)\$[\s\S]*?\$\1\$/g, "''")
    .replaceAll(/'(?:[^']|'')*'/g, "''")
    .toLowerCase()
  const made = new Set(
    [...plain.matchAll(/\bcreate\s+table\s+(?:if\s+not\s+exists\s+)?(\w+)/g)].map(([, name]) => name),
  )
  return plain
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => !made.has(/\balter\s+table\s+(?:only\s+)?(\w+)/.exec(statement)?.[1]))
    .flatMap((statement) => {
      const [, why] = CONTRACTING.find(([shape]) => shape.test(statement)) ?? []
      return why === undefined ? [] : [`${why}: ${statement.replaceAll(/\s+/g, ' ').slice(0, 120)}`]
    })
}
