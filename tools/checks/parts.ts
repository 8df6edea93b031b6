import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runPackageBin } from './command.ts'
import { checkDependencyRules } from './dependency-rules.ts'
import { checkLicences } from './licences.ts'
import type { Part, PartResult } from './part.ts'
import { checkAdvisories, writeBillOfMaterials } from './supply-chain.ts'

/** What must hold before any test is worth running: also the first half of `npm test`. */
export const CODE_PARTS: readonly Part[] = [
  { name: 'types', run: checkTypes },
  {
    name: 'lint, format',
    run: (root) =>
      runTool(root, '@biomejs/biome', 'biome', ['check', '--error-on-warnings', '--max-diagnostics=none', '.']),
  },
  { name: 'dependencies', run: checkDependencyRules },
  { name: 'unused', run: (root) => runTool(root, 'knip', 'knip', ['--no-progress', '--no-config-hints']) },
]

/** What must hold of the packages that we take in. */
export const SUPPLY_PARTS: readonly Part[] = [
  { name: 'licences', run: checkLicences },
  { name: 'bill of goods', run: writeBillOfMaterials },
  { name: 'advisories', run: checkAdvisories },
]

async function checkTypes(root: string): Promise<PartResult> {
  const projects = ['tsconfig.json', 'frontend/tsconfig.json'].filter((file) => existsSync(join(root, file)))
  const results: PartResult[] = []
  for (const project of projects) results.push(await runTool(root, '@typescript/native', 'tsc', ['-p', project]))
  return { ok: results.every((result) => result.ok), output: results.map((result) => result.output).join('') }
}

async function runTool(cwd: string, packageName: string, bin: string, args: string[]): Promise<PartResult> {
  const { code, stdout, stderr } = await runPackageBin(packageName, bin, args, { cwd })
  return { ok: code === 0, output: stdout + stderr }
}
