import type { Operation } from '#libs/contract/operation.ts'
import { Problem } from '#libs/problem/problem.ts'
import { currentTrace, withTrace } from '#libs/telemetry/context.ts'
import { beginSpan, inSpan, isRecording, type Span, spanOf } from '#libs/telemetry/spans.ts'
import type { Pending } from './batched.ts'
import type { Answer, OperationHost, Request } from './executor.ts'

/** Runs one operation for one request in its trace, and in a span of its own where that is recorded: then `work` is given a request in that span. */
export function inOperation(
  contract: Operation,
  host: Pick<OperationHost, 'service'>,
  request: Request,
  work: (request: Request) => Promise<Answer>,
): Promise<Answer> {
  const span = beginOperation(contract, host, request)
  if (span === undefined) return withTrace(request.trace, () => work(request))
  return withTrace(span.trace, () => ended(span, work({ ...request, trace: span.trace })))
}

function beginOperation(
  contract: Operation,
  { service }: Pick<OperationHost, 'service'>,
  request: Request,
): Span | undefined {
  if (!isRecording()) return undefined
  const attributes = {
    'bankflow.operation': contract.id,
    'bankflow.caller': request.caller.service ?? request.caller.kind,
  }
  return beginSpan(contract.id, { service, attributes, parent: request.trace })
}

/** A refusal is an answer, and no failure of the work; it is told by its code. */
async function ended(span: Span, work: Promise<Answer>): Promise<Answer> {
  try {
    const answer = await work
    span.set({ 'bankflow.outcome': 'done' })
    span.end()
    return answer
  } catch (error) {
    if (error instanceof Problem && error.kind.status < 500) {
      span.set({ 'bankflow.outcome': error.kind.code })
      span.end()
    } else span.fail(error)
    throw error
  }
}

/**
 * Runs a batch in the trace of its first member. One of several members has a span of its own below the first that is recorded, linked to all
 * of theirs, as theirs are to it; a batch of one is its member's.
 */
export function inBatch<T>(
  contract: Operation,
  { service }: Pick<OperationHost, 'service'>,
  members: readonly Pick<Pending, 'trace'>[],
  work: () => Promise<T>,
): Promise<T> {
  const first = members[0] as Pick<Pending, 'trace'>
  const recorded = isRecording() && members.length > 1 ? members.filter(({ trace }) => spanOf(trace) !== undefined) : []
  if (recorded.length === 0) return withTrace(first.trace, work)
  const [parent, ...others] = recorded.map(({ trace }) => trace)
  const attributes = { 'bankflow.operation': contract.id, 'bankflow.batch.size': members.length }
  return inSpan(`${contract.id} batch`, { service, attributes, links: others, parent }, () => {
    const own = currentTrace()
    for (const { trace } of recorded) if (own !== undefined) spanOf(trace)?.link(own)
    return work()
  })
}
