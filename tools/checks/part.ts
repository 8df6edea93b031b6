/** What one part of the check found: `note` goes on its line, `output` is shown in full when it failed. */
export type PartResult = { readonly ok: boolean; readonly note?: string; readonly output?: string }

/** One part of the check, by the name that its line carries. */
export type Part = { readonly name: string; readonly run: (root: string) => Promise<PartResult> }

/** Runs parts two at a time (the smallest machine has two cores), prints a line each, and answers whether all passed. */
export async function runParts(
  parts: readonly Part[],
  root: string,
  print: (line: string) => void = (line) => console.log(line),
): Promise<boolean> {
  const waiting = [...parts]
  let passed = true
  async function worker(): Promise<void> {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      passed = (await runPart(part, root, print)) && passed
    }
  }
  const results = [worker(), worker()]
  await Promise.all(results)
  return passed
}

async function runPart(part: Part, root: string, print: (line: string) => void): Promise<boolean> {
  const started = performance.now()
  const result = await part.run(root).catch(
    (error: unknown): PartResult => ({
      ok: false,
      output: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }),
  )
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const note = result.note === undefined ? '' : `  ${result.note}`
  print(`${result.ok ? 'ok  ' : 'FAIL'} ${part.name.padEnd(14)} ${seconds.padStart(5)} s${note}`)
  if (!result.ok && result.output !== undefined) print(result.output.trimEnd())
  return result.ok
}
