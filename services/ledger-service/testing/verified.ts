import { getVerification, startVerification } from '#contracts/api/ledger-proofs.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { eventually, type ServiceTest } from '#libs/testing/service-test.ts'

/** What a verification of the ledger says in the end. */
export async function verified(ledger: ServiceTest, body: { from_seal?: number; to_seal?: number } = {}) {
  const auditor = aStaffMember('auditor')
  const { reply } = await ledger.call(startVerification, { body }, auditor)
  const params = { verification_id: reply.verification_id }
  return eventually(async () => {
    const { reply: now } = await ledger.call(getVerification, { params }, auditor)
    return now.status === 'RUNNING' ? false : now
  })
}

/** Does what only the owner of the tables can, with the triggers off. */
export async function tamper({ owner }: ServiceTest, table: string, statement: string): Promise<void> {
  await owner.unsafe(`alter table ${table} disable trigger user`)
  await owner.unsafe(statement)
  await owner.unsafe(`alter table ${table} enable trigger user`)
}
