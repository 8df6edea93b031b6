import type { Role } from '#contracts/enums.ts'
import { anonymous, type Caller, type CallInput } from '#libs/contract/client.ts'
import type { InputOf, Operation, ReplyOf } from '#libs/contract/operation.ts'
import { STEP_UP_TTL_S, stepUpDigest } from '#libs/http/step-up.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { newTrace } from '#libs/telemetry/context.ts'
import type { Bank } from '../bank.ts'

interface Acting {
  /** Idempotency-Key of the act. */
  key?: string
  /** How long to wait for the final state of what is answered with 202. */
  waitMs?: number
}

/** Calls operations as people do, with their access and keys, but without HTTP and without tokens. */
export interface Actors {
  as<Op extends Operation>(caller: Caller, operation: Op, input: CallInput<Op>, acting?: Acting): Promise<ReplyOf<Op>>
}

/** Actors of a bank whose services are all in this process. */
export function actorsOf(bank: Pick<Bank, 'executorOf'>): Actors {
  return {
    async as(caller, operation, { params = {}, query = {}, body = {} }, { key, waitMs } = {}) {
      const executor = bank.executorOf(operation)
      if (executor === undefined) throw new Error(`${operation.id} is not in this process`)
      const input = { params, query, body } as InputOf<Operation>
      const asked = { input, caller, trace: newTrace(), key, waitMs }
      const answer = await executor.execute(asked).catch((error: unknown) => {
        // Who is asked to confirm what he wants does so.
        if (!(error instanceof Problem) || error.kind.code !== 'STEP_UP_REQUIRED' || caller.proof !== null) throw error
        return executor.execute({ ...asked, caller: confirming(caller, operation, input) })
      })
      return answer.reply as ReplyOf<typeof operation>
    },
  }
}

/** The caller with a proof that he confirmed exactly this. */
function confirming(caller: Caller, { id }: Operation, input: InputOf<Operation>): Caller {
  const exp = Math.floor(Date.now() / 1000) + STEP_UP_TTL_S
  return { ...caller, proof: { proof_id: newId(), digest: stepUpDigest(id, input), amr: caller.amr, exp } }
}

/** A person as the bank sees him once he has signed in. */
export function personCaller(user_id: string, customer_id: string | null, roles: readonly Role[]): Caller {
  return { ...anonymous, kind: 'user', sub: user_id, customer_id, roles, amr: ['pwd'] }
}
