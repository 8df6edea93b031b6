import { createReadStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { expand, LIST_FILE, packList, sha1Of } from '#services/identity-service/src/breached/list-maker.ts'

const USAGE = `node tools/launch.mjs tools/breached-passwords.ts [--hashes FILE] [--most N] [--out FILE]
Makes the list of breached passwords that identity-service looks into (BANKFLOW_BREACHED_LIST).
  without --hashes  from services/identity-service/data/base-words.txt, by rules: the list that comes with the bank
  --hashes FILE     from SHA-1 hashes in hex, one a line, what follows a colon ignored: what a download of Have I Been Pwned holds
  --most N          takes the first N lines of FILE alone (the downloads can be ordered by how often a password was seen)
  --out FILE        where the list goes`
const BASES = join(import.meta.dirname, '../services/identity-service/data/base-words.txt')

const { values } = parseArgs({
  options: { hashes: { type: 'string' }, most: { type: 'string' }, out: { type: 'string' }, help: { type: 'boolean' } },
})
if (values.help === true) console.log(USAGE)
else {
  const hashes = values.hashes === undefined ? await ofBases() : await ofFile(values.hashes, Number(values.most ?? 1e7))
  const list = packList(hashes)
  const out = values.out ?? LIST_FILE
  await writeFile(out, list)
  console.log(`${out}: ${hashes.length} passwords, ${list.length} bytes`)
}

async function ofBases(): Promise<Buffer[]> {
  return [...expand(await readFile(BASES, 'utf8'))].map(sha1Of)
}

async function ofFile(file: string, most: number): Promise<Buffer[]> {
  const hashes: Buffer[] = []
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const hex = /^([0-9A-Fa-f]{40})(:|$)/.exec(line)?.[1]
    if (hex === undefined) throw new Error(`${file}: a line is no SHA-1 hash`)
    hashes.push(Buffer.from(hex, 'hex'))
    if (hashes.length >= most) break
  }
  return hashes
}
