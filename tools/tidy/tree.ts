import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** The project's files as path → text, paths relative to the root with forward slashes. */
export type Tree = ReadonlyMap<string, string>

const NOT_OURS = new Set(['node_modules', '.git', '.bankflow', '.tmp', 'dist', 'package-lock.json', 'bank-api.ts'])
const TEXT = /\.(ts|tsx|mts|mjs|cjs|js|sql|md|json|yaml|yml|css|html|csv|txt|sh|tf|toml)$|(^|\/)[^.]+$|\/\.?[a-z-]+rc$/

/** Reads every text file that people wrote; what git ignores by name is left out, so that no git is needed. */
export function readTree(root: string): Tree {
  const files = new Map<string, string>()
  function walk(folder: string): void {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (NOT_OURS.has(entry.name) || entry.name.endsWith('.log')) continue
      if (entry.isDirectory()) walk(path)
      else if (entry.isFile() && TEXT.test(path) && statSync(join(root, path)).size < 1_000_000) {
        files.set(path, readFileSync(join(root, path), 'utf8'))
      }
    }
  }
  walk('')
  return files
}

/** The folders right below `parent`, by name. */
export function foldersIn(tree: Tree, parent: string): string[] {
  const names = [...tree.keys()]
    .filter((path) => path.startsWith(`${parent}/`) && path.slice(parent.length + 1).includes('/'))
    .map((path) => path.slice(parent.length + 1).split('/')[0] ?? '')
  return [...new Set(names)].sort()
}
