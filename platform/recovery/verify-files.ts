import { createHash } from 'node:crypto'
import { createReadStream, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

interface Manifest {
  Files: { Path: string; Size: number; Checksum?: string }[]
}

/** What is wrong with the files of an extracted back-up, by its manifest (PostgreSQL, "Backup Manifest Format"); empty when all are whole. */
export async function damagedFiles(folder: string, manifest: string): Promise<string[]> {
  const text = readFileSync(manifest)
  if (!isWhole(text)) return ['its manifest has changed']
  const { Files } = JSON.parse(text.toString()) as Manifest
  const found: string[] = []
  for (const { Path, Size, Checksum } of Files) {
    const file = join(folder, Path)
    const stat = statSync(file, { throwIfNoEntry: false })
    if (stat === undefined) found.push(`${Path} is missing`)
    else if (stat.size !== Size) found.push(`${Path} has ${stat.size} bytes, not ${Size}`)
    else if (Checksum !== undefined && (await sumOf(file)) !== Checksum) found.push(`${Path} has changed`)
  }
  return found
}

/** The last line of a manifest has the sum of all lines before it. */
function isWhole(manifest: Buffer): boolean {
  const last = manifest.lastIndexOf('"Manifest-Checksum"')
  const [, sum] = /^"Manifest-Checksum": "([0-9a-f]{64})"\}\s*$/.exec(manifest.subarray(last).toString()) ?? []
  return last >= 0 && sum === createHash('sha256').update(manifest.subarray(0, last)).digest('hex')
}

async function sumOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
