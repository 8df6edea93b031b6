import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type DependencyReport, readDependencies } from './dependency-rules.ts'

type Tree = Record<string, string>
type Probe = { readonly rule: string; readonly from: string; readonly files: Tree }

const value = 'export const value: number = 1\n'
const uses = (target: string) => `import { value } from '${target}'\nexport const used: number = value\n`

/** A little bank in which every arrow that the rules allow is drawn once. */
const CLEAN: Tree = {
  'package.json': JSON.stringify({
    type: 'module',
    imports: Object.fromEntries(
      ['libs', 'contracts', 'services', 'platform'].map((folder) => [`#${folder}/*`, `./${folder}/*`]),
    ),
  }),
  ...fakePackage('postgres'),
  ...fakePackage('pg-boss'),
  ...fakePackage('typebox'),
  ...fakePackage('fastify'),
  'libs/money/money.ts': value,
  'libs/contract/operation.ts': value,
  'libs/problem/problem.ts': uses('#libs/money/money.ts'),
  'libs/sql/pool.ts': uses('postgres'),
  'libs/jobs/queue.ts': uses('pg-boss'),
  'libs/testing/server.ts': uses('#libs/sql/pool.ts'),
  'libs/sql/pool.test.ts': uses('#libs/testing/server.ts'),
  'contracts/api/account.ts': `${uses('typebox')}import '#libs/contract/operation.ts'\n`,
  'services/a/src/tables.ts': 'export type Row = { readonly id: string }\nexport const value: number = 1\n',
  'services/a/src/problems.ts': uses('#libs/problem/problem.ts'),
  'services/a/src/domain/freeze.ts':
    "import type { Row } from '../tables.ts'\nexport const same = (row: Row): Row => row\n",
  'services/a/src/store/read.ts': uses('#libs/sql/pool.ts'),
  'services/a/src/operations/freeze.ts': `${uses('#libs/sql/pool.ts')}import '../domain/freeze.ts'\n`,
  'services/a/src/service.ts': "import './operations/freeze.ts'\n",
  'services/a/src/operations/freeze.test.ts': "import '#platform/start.ts'\nimport '../service.ts'\n",
  'services/b/src/service.ts': uses('#contracts/api/account.ts'),
  'platform/start.ts': "import '#services/a/src/service.ts'\nimport '#services/b/src/service.ts'\n",
  'frontend/src/main.ts': uses('../../contracts/api/account.ts'),
}

const plant = (rule: string, from: string, target: string, extra: Tree = {}): Probe => ({
  rule,
  from,
  files: { [from]: uses(target), ...extra },
})

const PROBES: readonly Probe[] = [
  plant('service-imports-no-other-service', 'services/a/src/reactions/probe.ts', '#services/b/src/probe.ts', {
    'services/b/src/probe.ts': value,
  }),
  plant('service-imports-nothing-above-it', 'services/a/src/jobs/probe.ts', '#platform/probe.ts', {
    'platform/probe.ts': value,
  }),
  plant('libs-import-only-libs', 'libs/ids/probe.ts', '#contracts/probe.ts', { 'contracts/probe.ts': value }),
  {
    rule: 'no-cycles',
    from: 'libs/clock/here.ts',
    files: {
      'libs/clock/here.ts': "import type { There } from './there.ts'\nexport type Here = { readonly there?: There }\n",
      'libs/clock/there.ts': "import type { Here } from './here.ts'\nexport type There = { readonly here?: Here }\n",
    },
  },
  plant('contracts-import-only-their-vocabulary', 'contracts/api/probe-npm.ts', 'fastify'),
  plant('contracts-import-only-their-vocabulary', 'contracts/api/probe-lib.ts', '#libs/sql/pool.ts'),
  plant('contracts-import-only-their-vocabulary', 'contracts/api/probe-core.ts', 'node:fs'),
  plant('domain-is-pure', 'services/a/src/domain/probe-sql.ts', '#libs/sql/pool.ts'),
  plant('domain-is-pure', 'services/a/src/domain/probe-core.ts', 'node:crypto'),
  plant('domain-is-pure', 'services/a/src/domain/probe-npm.ts', 'typebox'),
  plant('domain-is-pure', 'services/a/src/domain/probe-store.ts', '../store/read.ts'),
  plant('domain-takes-only-row-types', 'services/a/src/domain/probe-value.ts', '../tables.ts'),
  plant('operation-imports-no-operation', 'services/a/src/operations/probe.ts', './freeze.ts'),
  plant('operation-imports-no-operation', 'services/a/src/operations/cards/probe.ts', '../../service.ts'),
  plant('driver-only-below-libs-sql', 'services/a/src/operations/probe-driver.ts', 'postgres'),
  plant('driver-only-below-libs-sql', 'platform/probe-boss.ts', 'pg-boss'),
  plant('queries-only-where-the-beats-are', 'services/a/src/probe.ts', '#libs/sql/pool.ts'),
  plant('frontend-imports-only-contracts', 'frontend/src/probe.ts', '../../libs/money/money.ts'),
  plant('testing-only-in-tests', 'services/a/src/store/probe-testing.ts', '#libs/testing/server.ts'),
  plant('testing-only-in-tests', 'platform/probe-testing.ts', '#libs/testing/server.ts'),
  plant('no-barrels', 'libs/json/probe.ts', './index.ts', { 'libs/json/index.ts': value }),
  plant('verify-imports-only-itself', 'verify/src/probe-lib.js', '../../libs/money/money.ts'),
  plant('verify-imports-only-itself', 'verify/src/probe-npm.js', 'typebox'),
  plant('no-unresolved-import', 'libs/json/probe-lost.ts', '#libs/json/lost.ts'),
]

function fakePackage(name: string): Tree {
  return {
    [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: '1.0.0', main: 'main.js' }),
    [`node_modules/${name}/main.js`]: 'exports.value = 1\n',
  }
}

function writeTree(tree: Tree): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'bankflow-rules-')))
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

describe('dependency rules', () => {
  const roots: string[] = []
  let clean: DependencyReport
  let planted: DependencyReport

  before(async () => {
    roots.push(writeTree(CLEAN), writeTree(Object.assign({}, CLEAN, ...PROBES.map((probe) => probe.files))))
    clean = await readDependencies(roots[0]!)
    planted = await readDependencies(roots[1]!)
  })
  after(() => {
    for (const root of roots) rmSync(root, { recursive: true, force: true })
  })

  test('a tree that draws only the allowed arrows breaks no rule', () => {
    assert.ok(clean.module_count > 0)
    assert.deepEqual(clean.violations, [])
  })

  test('an import written #libs/… is followed to its file', () => {
    assert.ok(
      clean.alias_edges.some((edge) => edge.written === '#libs/sql/pool.ts' && edge.resolved === 'libs/sql/pool.ts'),
      JSON.stringify(clean.alias_edges),
    )
  })

  for (const probe of PROBES) {
    test(`${probe.rule} speaks up for ${probe.from}`, () => {
      const spoken = planted.violations.filter((violation) => violation.from === probe.from)
      assert.ok(
        spoken.some((violation) => violation.rule === probe.rule),
        `heard only ${JSON.stringify(spoken)}`,
      )
    })
  }

  test('no rule speaks up for a file that was not planted', () => {
    const files = new Set(PROBES.flatMap((probe) => Object.keys(probe.files)))
    assert.deepEqual(
      planted.violations.filter((violation) => !files.has(violation.from)),
      [],
    )
  })

  test('every rule has a probe, and a comment that leads to a section of its decision record', async () => {
    const config = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
      forbidden: { name: string; comment: string }[]
    }
    const { readFile } = await import('node:fs/promises')
    for (const { name, comment } of config.forbidden) {
      assert.ok(
        PROBES.some((probe) => probe.rule === name),
        `${name} has no probe`,
      )
      const [, file, anchor] = /^(docs\/adr\/[\w-]+\.md)#(rule-\d+)/.exec(comment) ?? []
      assert.ok(file !== undefined && anchor !== undefined, `${name}: ${comment}`)
      const text = await readFile(join(import.meta.dirname, '../..', file), 'utf8')
      assert.ok(text.includes(`id="${anchor}"`), `${file} has no ${anchor}`)
    }
  })
})
