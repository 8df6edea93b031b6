import { join } from 'node:path'
import { runParts } from './checks/part.ts'
import { CODE_PARTS, SUPPLY_PARTS } from './checks/parts.ts'

const passed = await runParts([...CODE_PARTS, ...SUPPLY_PARTS], join(import.meta.dirname, '..'))
process.exitCode = passed ? 0 : 1
