import { readFileSync } from 'node:fs'
import { SettingsRefused } from '#libs/config/settings.ts'
import { ENTRY_BYTES, HEADER_BYTES, MAGIC, sha1Of } from './list-maker.ts'

/** Looks a password up in a list that lies on this machine; it takes microseconds and asks nobody. */
export type OfflineList = (password: string) => boolean

/** Opens a list made by tools/breached-passwords.ts. SettingsRefused for a file that is none. */
export function openOfflineList(file: string): OfflineList {
  const list = readFileSync(file)
  const isList = list.length >= HEADER_BYTES && list.toString('latin1', 0, MAGIC.length) === MAGIC
  const count = isList ? list.readUInt32BE(MAGIC.length) : 0
  if (!isList || list.length !== HEADER_BYTES + count * ENTRY_BYTES)
    throw new SettingsRefused(`${file} is no list of breached passwords; make one with tools/breached-passwords.ts`)
  const holds = (password: string): boolean => search(list, count, sha1Of(password).subarray(0, ENTRY_BYTES))
  return (password) => formsOf(password).some(holds)
}

/** As it was typed, without its capitals, and without signs at its end: "Liverpool2024!" is the same guess. */
function formsOf(password: string): string[] {
  const typed = password.normalize('NFC')
  const plain = password.normalize('NFKC').toLowerCase()
  return [...new Set([typed, plain, plain.replace(/[!?.*#$%&@_-]+$/, '')])]
}

function search(list: Buffer, count: number, wanted: Buffer): boolean {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >> 1
    const at = HEADER_BYTES + middle * ENTRY_BYTES
    const order = list.compare(wanted, 0, ENTRY_BYTES, at, at + ENTRY_BYTES)
    if (order === 0) return true
    if (order < 0) low = middle + 1
    else high = middle
  }
  return false
}
