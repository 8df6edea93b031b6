import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes what was renamed or made in a folder survive a power cut. Windows opens no folders, and needs no such call. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const opened = openSync(folder, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

/** Writes a small file whole or not at all, readable by `mode`. */
export function writeNote(file: string, text: string, mode: number): void {
  rmSync(`${file}.new`, { force: true })
  writeFileSync(`${file}.new`, `${text}\n`, { mode, flush: true })
  renameSync(`${file}.new`, file)
  syncFolder(dirname(file))
}

/** The text of a small file, undefined when there is none. */
export function readNote(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}
