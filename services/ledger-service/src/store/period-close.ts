import type { JobContext } from '#libs/service/service.ts'
import type { Own } from '../config.ts'
import type { ProposalRow } from '../tables.ts'

export async function closeStep(_context: JobContext<Own>, _proposal: ProposalRow): Promise<boolean> {
  return true
}
