import { foldersIn, type Tree } from './tree.ts'

const VAGUE = new Set([
  'util',
  'utils',
  'utility',
  'utilities',
  'helper',
  'helpers',
  'common',
  'shared',
  'misc',
  'manager',
])
const MAX_CODE_LINES = 300

/** Files that may be longer than 300 lines of code, each for a reason that splitting would not cure. */
const ROWS = 'rows of one table, a file per service: architecture, the tree'
const STORY = 'one bank that is lived through in order, and what its people do'
const LONG_FILES: Readonly<Record<string, string>> = {
  'contracts/api/account.ts': ROWS,
  'contracts/api/customer.ts': ROWS,
  'contracts/api/identity.ts': ROWS,
  'contracts/api/ledger.ts': ROWS,
  'contracts/api/transaction.ts': ROWS,
  'platform/stories/ledger-books.test.ts': STORY,
}

/** Files and folders whose name hides what they hold, and barrels. */
export function vagueNames(tree: Tree): string[] {
  const isVague = (path: string) =>
    path.split('/').some((segment) => {
      const words = segment.toLowerCase().split(/[-_.]/)
      return words.some((word) => VAGUE.has(word)) || /^index\.[cm]?[jt]sx?$/.test(segment)
    })
  return [...tree.keys()].filter(isVague).map((path) => `${path}: name it by what it holds; import from the files`)
}

/** Lines of a source that are neither blank nor wholly comment. */
export function codeLines(text: string): number {
  const withoutBlocks = text.replaceAll(/^\s*\/\*[\s\S]*?\*\//gm, '')
  return withoutBlocks.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('//')).length
}

/** Sources with more than 300 lines of code, and exceptions that have become short or are gone. */
export function longFiles(tree: Tree, exceptions: Readonly<Record<string, string>> = LONG_FILES): string[] {
  const isLong = (path: string) => codeLines(tree.get(path) ?? '') > MAX_CODE_LINES
  const long = [...tree.keys()].filter((path) => /\.(ts|tsx|mjs)$/.test(path) && isLong(path))
  return [
    ...long
      .filter((path) => !(path in exceptions))
      .map((path) => `${path}: split it, ${codeLines(tree.get(path) ?? '')} lines of code`),
    ...Object.keys(exceptions)
      .filter((path) => !isLong(path))
      .map((path) => `${path}: take it out of LONG_FILES in tools/tidy/files.ts`),
  ]
}

/** Tests that shut out others, or are skipped without saying why. */
export function silencedTests(tree: Tree): string[] {
  const silenced = /\b(test|it|describe|suite)\.(only|skip)\(|\bonly: true\b|\bskip: true\b/
  return [...tree].flatMap(([path, text]) =>
    path.endsWith('.test.ts') && silenced.test(withoutStrings(text))
      ? [`${path}: take away ${silenced.exec(withoutStrings(text))?.[0]}, or say why it is skipped`]
      : [],
  )
}

/** Services and libs without a README, and files that a README names but the disk does not have. */
export function readmeFaults(tree: Tree): string[] {
  const owners = ['services', 'libs'].flatMap((parent) => foldersIn(tree, parent).map((name) => `${parent}/${name}`))
  const missing = owners.filter((owner) => (tree.get(`${owner}/README.md`) ?? '').trim() === '')
  const readmes = [...tree].filter(([path]) => path.endsWith('README.md') || path === 'docs/architecture.md')
  return [
    ...missing.map((owner) => `${owner}/README.md: write it, one screen`),
    ...readmes.flatMap(([path, text]) =>
      namedPaths(text)
        .filter((named) => !existsNear(tree, path, named))
        .map((named) => `${path}: mend or take away ${named}, which does not exist`),
    ),
  ]
}

/** Paths to files of ours that a text names in code spans, code blocks and links; patterns and addresses are not paths. */
export function namedPaths(text: string): string[] {
  const spans = [...text.matchAll(/`([^`\n]+)`|\]\(([^)\s#]+)[^)]*\)/g)].map((match) => match[1] ?? match[2] ?? '')
  const blocks = [...text.matchAll(/^(?: {4}|\t).*$|^```[\s\S]*?^```/gm)].map((match) => match[0])
  const words = [...spans, ...blocks].flatMap((part) => part.split(/[\s,;()'"`]+/))
  return [...new Set(words)].filter(
    (word) =>
      /^(\.{0,2}\/)?[\w@.-]+(\/[\w@.-]+)*\.(ts|tsx|mjs|sql|md)$/.test(word) &&
      !/NNNN|^https?:|(^|\/)x\.|^\.\w+$/.test(word),
  )
}

function existsNear(tree: Tree, readme: string, named: string): boolean {
  const folder = readme.includes('/') ? readme.slice(0, readme.lastIndexOf('/')) : ''
  const plain = named.replace(/^\.\//, '')
  if (plain.startsWith('../')) {
    const target = new URL(plain, `file:///${folder}/`).pathname.slice(1)
    return tree.has(target)
  }
  const inFolder = [...tree.keys()].filter((path) => path.startsWith(folder === '' ? '' : `${folder}/`))
  return tree.has(plain) || inFolder.some((path) => path.endsWith(`/${plain}`) || path === plain)
}

function withoutStrings(text: string): string {
  return text.replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''")
}
