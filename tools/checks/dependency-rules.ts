import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runPackageBin } from './command.ts'
import type { PartResult } from './part.ts'

const FOLDERS = ['libs', 'contracts', 'services', 'platform', 'frontend', 'tools', 'bench', 'verify']
const CONFIG = join(import.meta.dirname, '../../.dependency-cruiser.cjs')

/** One import that breaks a rule, with paths relative to the tree's root. */
export type Violation = { readonly rule: string; readonly from: string; readonly to: string }

/** What dependency-cruiser saw: our modules, the edges that were written as `#libs/…` and the like, and the violations. */
export type DependencyReport = {
  readonly module_count: number
  readonly alias_edges: readonly { readonly from: string; readonly written: string; readonly resolved: string }[]
  readonly violations: readonly Violation[]
}

type CruiseJson = {
  modules: { source: string; dependencies: { module: string; resolved: string; couldNotResolve: boolean }[] }[]
  summary: { violations: { from: string; to: string; rule: { name: string } }[] }
}

/** Reads the imports of a tree and judges them by the project's rules; throws when dependency-cruiser itself fails. */
export async function readDependencies(root: string): Promise<DependencyReport> {
  const folders = FOLDERS.filter((folder) => existsSync(join(root, folder)))
  if (folders.length === 0) return { module_count: 0, alias_edges: [], violations: [] }
  const args = ['--config', CONFIG, '--output-type', 'json', ...folders]
  const { stdout, stderr } = await runPackageBin('dependency-cruiser', 'depcruise', args, { cwd: root })
  if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser gave no report:\n${stdout}${stderr}`)
  const report = JSON.parse(stdout) as CruiseJson
  const ours = report.modules.filter((module) => folders.some((folder) => module.source.startsWith(`${folder}/`)))
  return {
    module_count: ours.length,
    alias_edges: ours.flatMap((module) =>
      module.dependencies
        .filter((edge) => edge.module.startsWith('#') && !edge.couldNotResolve)
        .map((edge) => ({ from: module.source, written: edge.module, resolved: edge.resolved })),
    ),
    violations: report.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  }
}

/** The check's part. A run that sees no module, or none of the `#…` imports' targets, has judged nothing and fails. */
export async function checkDependencyRules(root: string): Promise<PartResult> {
  const { module_count, alias_edges, violations } = await readDependencies(root)
  if (module_count === 0) return { ok: false, output: 'dependency-cruiser saw no module' }
  const note = `${module_count} modules, ${alias_edges.length} imports by alias`
  if (violations.length === 0) return { ok: true, note }
  const rules = (await import(CONFIG)) as { default: { forbidden: { name: string; comment: string }[] } }
  const comments = new Map(rules.default.forbidden.map((rule) => [rule.name, rule.comment]))
  const lines = violations.map(({ rule, from, to }) => `${rule}: ${from} → ${to}\n    ${comments.get(rule)}`)
  return { ok: false, note, output: lines.join('\n') }
}
