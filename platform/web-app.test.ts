import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { builtWebApp } from './web-app.ts'

test('the web app is built when its sources are not those it was built from, and only then', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'bankflow-web-app-'))
  t.after(() => rm(home, { recursive: true, force: true }))
  const sources = join(home, 'frontend')
  await mkdir(sources)
  await writeFile(join(sources, 'index.html'), '<script type="module" src="/main.ts"></script>')
  await writeFile(join(sources, 'main.ts'), 'console.log("first words")')
  const lines: string[] = []
  const built = () => builtWebApp(home, (line) => void lines.push(line), sources)

  const place = await built()
  assert.equal(place, join(sources, 'dist'))
  assert.equal(await built(), place)
  assert.deepEqual(lines, ['web app: built'], 'the second time nothing is built')

  await writeFile(join(sources, 'main.ts'), 'console.log("other words")')
  assert.equal(await built(), place)
  assert.equal(lines.length, 2)
  const page = await readFile(join(sources, 'dist/index.html'), 'utf8')
  const script = /src="([^"]+)"/.exec(page)?.[1] as string
  assert.match(await readFile(join(sources, 'dist', script), 'utf8'), /other words/)

  await writeFile(join(sources, 'main.ts'), 'this is no program (')
  assert.equal(await built(), undefined)
  assert.match(lines.at(-1) as string, /not built .*the API goes on without it/)
  assert.ok(existsSync(join(sources, 'dist/index.html')), 'what was there stays')
  assert.equal(await builtWebApp(home, () => {}, join(home, 'nowhere')), undefined)
})
