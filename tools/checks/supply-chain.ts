import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CommandResult, runNpm } from './command.ts'
import type { PartResult } from './part.ts'

/** Advisories that were read and do not reach us: the advisory's address with the reason. */
const ACCEPTED_ADVISORIES: Readonly<Record<string, string>> = {}

const AUDIT_TIMEOUT_MS = 30_000

/** Writes the software bill of materials (CycloneDX JSON, from the lock file, no network) to .tmp/sbom.cdx.json. */
export async function writeBillOfMaterials(root: string): Promise<PartResult> {
  const { code, stdout, stderr } = await runNpm(['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'])
  if (/Unknown command/.test(stderr + stdout)) {
    return { ok: true, note: 'not written: this npm is older than 10 and has no sbom' }
  }
  if (code !== 0) return { ok: false, output: stdout + stderr }
  const bill = JSON.parse(stdout) as { bomFormat: string; components: unknown[] }
  if (bill.bomFormat !== 'CycloneDX' || bill.components.length === 0) return { ok: false, output: 'an empty bill' }
  mkdirSync(join(root, '.tmp'), { recursive: true })
  writeFileSync(join(root, '.tmp/sbom.cdx.json'), stdout)
  return { ok: true, note: `${bill.components.length} components in .tmp/sbom.cdx.json` }
}

/** Asks the registry for known advisories. Offline it says that nothing was asked: no answer is not a clean answer. */
export async function checkAdvisories(): Promise<PartResult> {
  // npm answers "0 vulnerabilities" when it is told to stay offline, which would read as a clean bill.
  const args = ['audit', '--json', '--offline=false', '--fetch-retries=0']
  return judgeAudit(await runNpm(args, { timeout_ms: AUDIT_TIMEOUT_MS }))
}

type Audit = {
  error?: { summary?: string; code?: string }
  message?: string
  vulnerabilities?: Record<string, { severity: string; via: (string | { title: string; url: string })[] }>
}

/** Judges what `npm audit --json` said: high and critical advisories fail, lesser ones are counted on the line. */
export function judgeAudit({ stdout, stderr }: CommandResult): PartResult {
  const audit = parseAudit(stdout)
  if (audit?.vulnerabilities === undefined) {
    const reason = (audit?.message ?? audit?.error?.summary ?? stderr).split('\n')[0]?.split(' - ')[0]?.trim()
    return { ok: true, note: `not asked: the registry gave no answer (${reason || 'no connection'})` }
  }
  const open = Object.entries(audit.vulnerabilities).filter(
    ([, { via }]) => !via.every((cause) => typeof cause !== 'string' && cause.url in ACCEPTED_ADVISORIES),
  )
  const grave = open.filter(([, { severity }]) => severity === 'high' || severity === 'critical')
  const output = grave.map(([name, { severity, via }]) => {
    const causes = via.map((cause) => (typeof cause === 'string' ? cause : `${cause.title} ${cause.url}`))
    return `${name}: ${severity}: ${causes.join('; ')}`
  })
  return {
    ok: grave.length === 0,
    note: `${grave.length} high or critical, ${open.length - grave.length} lesser`,
    output: output.join('\n'),
  }
}

function parseAudit(text: string): Audit | undefined {
  try {
    return JSON.parse(text) as Audit
  } catch {
    return undefined
  }
}
