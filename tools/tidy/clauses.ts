import { join } from 'node:path'
import { writeOrCheck } from './page.ts'
import { readTree, type Tree } from './tree.ts'

const ROOT = join(import.meta.dirname, '../..')

/** What the tables are of, in the order in which they stand: how a test names a clause of it, and what it is. */
const STANDARDS: readonly { name: string; title: string }[] = [
  { name: 'FAPI 2.0', title: 'FAPI 2.0 Security Profile (final) and its attacker model' },
  { name: 'FAPI 1.0', title: 'FAPI 1.0 Advanced (final), for clients that are set to it' },
  { name: 'RFC 9700', title: 'Best current practice for OAuth 2.0 security' },
  { name: 'RFC 6749', title: 'OAuth 2.0' },
  { name: 'RFC 7591', title: 'Dynamic client registration' },
  { name: 'RFC 7636', title: 'PKCE' },
  { name: 'RFC 7662', title: 'Token introspection' },
  { name: 'RFC 8414', title: 'Authorization server metadata' },
  { name: 'RFC 8705', title: 'Mutual TLS client authentication and bound tokens' },
  { name: 'RFC 8725', title: 'JSON Web Token best current practices' },
  { name: 'RFC 8935', title: 'Push of security event tokens' },
  { name: 'RFC 9068', title: 'JWT profile of access tokens' },
  { name: 'RFC 9101', title: 'JWT-secured authorization requests' },
  { name: 'RFC 9126', title: 'Pushed authorization requests' },
  { name: 'RFC 9207', title: 'Issuer identification' },
  { name: 'RFC 9396', title: 'Rich authorization requests' },
  { name: 'RFC 9449', title: 'DPoP' },
  { name: 'RFC 9470', title: 'Step-up authentication challenge' },
  { name: 'ASVS', title: 'OWASP Application Security Verification Standard 4.0.3' },
  { name: 'NIST 800-63B', title: 'Digital identity guidelines: authentication' },
  { name: 'PSD2 RTS', title: 'Delegated regulation (EU) 2018/389 on strong customer authentication' },
  { name: 'WebAuthn', title: 'Web Authentication, level 3' },
]

interface ClauseTest {
  standard: string
  clause: string
  promise: string
  file: string
}

/** A test's name may begin with the clauses that it is about: `RFC 9700 4.1.3, ASVS 2.2.1: refuses …`. */
const TEST_NAME = /\btest\(\s*(['"`])((?:RFC|ASVS|FAPI|NIST|PSD2|WebAuthn)(?:(?!\1)[^\\\n]|\\.)*)\1/g

/** The clauses that tests of the tree are named after, with what each promises. */
export function clauseTests(tree: Tree): ClauseTest[] {
  return [...tree].flatMap(([file, text]) =>
    file.endsWith('.test.ts') ? [...text.matchAll(TEST_NAME)].flatMap(([, , name = '']) => clausesIn(name, file)) : [],
  )
}

function clausesIn(name: string, file: string): ClauseTest[] {
  const end = name.indexOf(': ')
  if (end < 0) return []
  const promise = name.slice(end + 2).replaceAll(/\\(.)/g, '$1')
  let standard = ''
  return name
    .slice(0, end)
    .split(/, | and /)
    .flatMap((words) => {
      const named = STANDARDS.find((known) => words === known.name || words.startsWith(`${known.name} `))
      if (named !== undefined) standard = named.name
      const clause = named === undefined ? words : words.slice(named.name.length).trim()
      return standard === '' ? [] : [{ standard, clause, promise, file }]
    })
}

/** docs/clauses.md as the names of the tests would have it: one table per standard. */
export function renderClauses(tree: Tree): string {
  const all = clauseTests(tree)
  const sections = STANDARDS.flatMap(({ name, title }) => {
    const rows = all
      .filter(({ standard }) => standard === name)
      .toSorted((a, b) => byNumber(a.clause, b.clause) || a.promise.localeCompare(b.promise))
      .map(({ clause, promise, file }) => `| ${clause} | ${cell(promise)} | [${baseOf(file)}](../${file}) |`)
    return rows.length === 0
      ? []
      : [[`## ${name}: ${title}`, '', '| clause | what holds | shown by |', '|---|---|---|', ...rows].join('\n')]
  })
  const head = [
    '# Clauses and the tests that show them',
    '',
    `${all.length} rows, written from the names of the tests by \`node tools/tidy/clauses.ts --write\`; a test compares. What the bank does against`,
    'which attack, in words: [security.md](security.md).',
  ].join('\n')
  return `${[head, ...sections].join('\n\n')}\n`
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

function baseOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1)
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')
}

// Under tools/launch.mjs this is no main module in Node's sense; the program that runs is the first argument either way.
if (process.argv[1] === import.meta.filename) writeOrCheck('docs/clauses.md', () => renderClauses(readTree(ROOT)))
