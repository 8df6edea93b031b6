import type { Caller, CallInput, CallOptions, Client, Trace, Verdict } from '#libs/contract/client.ts'
import { serviceCaller } from '#libs/contract/client.ts'
import type { InputOf, Operation, ReplyOf } from '#libs/contract/operation.ts'
import { invariant, Problem } from '#libs/problem/problem.ts'
import { isInTransaction } from '#libs/sql/database.ts'
import { currentTrace, newTrace, quietTrace } from '#libs/telemetry/context.ts'
import { inSpan, type SpanStart } from '#libs/telemetry/spans.ts'
import type { Executor, Request } from './executor.ts'
import type { RemotePeers } from './remote.ts'

/** Finds the executor of an operation in this process, or undefined when its service runs elsewhere. */
export type LocalExecutors = (operation: Operation) => Executor | undefined

/** A service's client: straight to the executor where the other service is in this process, else HTTP with a service token. */
export function createClient(service: string, local: LocalExecutors, remote: RemotePeers): Client {
  return {
    async call<Op extends Operation>(
      operation: Op,
      input: CallInput<Op>,
      options: CallOptions = {},
    ): Promise<ReplyOf<Op>> {
      refuseInTransaction(service, operation)
      const request = requestFor(service, operation, input, options)
      const executor = local(operation)
      if (executor === undefined) return (await callAway(service, operation, request, remote)) as ReplyOf<Op>
      return (await executor.execute(request)).reply as ReplyOf<Op>
    },
    async callMany<Op extends Operation>(
      operation: Op,
      members: readonly (CallInput<Op> & CallOptions)[],
    ): Promise<Verdict<ReplyOf<Op>>[]> {
      refuseInTransaction(service, operation)
      invariant(operation.batched, `${operation.id} is not batched`)
      invariant(operation.access.services?.includes(service), `${service} may not call ${operation.id}`)
      if (members.length === 0) return []
      const requests = members.map(({ key, acting, trace, ...input }) => {
        const options: CallOptions = {
          ...(key === undefined ? {} : { key }),
          ...(acting === undefined ? {} : { acting }),
          ...(trace === undefined ? {} : { trace }),
        }
        return requestFor(service, operation, input as CallInput<Op>, options)
      })
      const executor = local(operation)
      if (executor === undefined)
        return (await callManyAway(service, operation, requests, remote)) as Verdict<ReplyOf<Op>>[]
      const settled = await (executor.batch as NonNullable<Executor['batch']>).submitAll(requests)
      return settled.map(verdictOf) as Verdict<ReplyOf<Op>>[]
    },
  }
}

/** A call over HTTP, in a span of the kind `client` within the trace of its request. The path says which object is meant, so that only its pattern is told. */
function callAway(service: string, operation: Operation, request: Request, remote: RemotePeers): Promise<unknown> {
  const start = { ...clientSpan(service, operation, operation.method, operation.path), parent: request.trace }
  return inSpan(`${operation.method} ${operation.path}`, start, () =>
    remote.call(service, operation, { ...request, trace: currentTrace() ?? request.trace }),
  )
}

/** The same for many members, each of which goes in its own trace: the call belongs to the running one, or to the first, and is linked to all. */
function callManyAway(
  service: string,
  operation: Operation,
  requests: readonly Request[],
  remote: RemotePeers,
): Promise<Verdict<unknown>[]> {
  const path = `/internal/batch/${operation.id}`
  const parent = currentTrace() ?? (requests[0] as Request).trace
  const links = requests.map(({ trace }) => trace)
  const start = { ...clientSpan(service, operation, 'POST', path), parent, links }
  return inSpan(`POST ${path}`, start, () => remote.callMany(service, operation, requests))
}

function clientSpan(service: string, operation: Operation, method: string, path: string): SpanStart {
  const attributes = {
    'http.request.method': method,
    'url.template': path,
    'bankflow.operation': operation.id,
    'bankflow.peer': operation.service,
  }
  return { service, kind: 'client', attributes }
}

/** Two services that ask each other with locks held hang for ever, so no question leaves a transaction. */
function refuseInTransaction(service: string, operation: Operation): void {
  invariant(!isInTransaction(), `${service} asks ${operation.service} (${operation.id}) inside a transaction`)
}

/** What a process asks by itself, and asks again and again, is not recorded; an act is. */
function traceOfNobody({ method }: Operation): Trace {
  return method === 'GET' ? quietTrace() : newTrace()
}

function requestFor<Op extends Operation>(
  service: string,
  operation: Op,
  input: CallInput<Op>,
  options: CallOptions,
): Request {
  const trace: Trace = options.trace ?? currentTrace() ?? traceOfNobody(operation)
  const caller: Caller = serviceCaller(service, options.acting)
  const whole = { params: input.params ?? {}, query: input.query ?? {}, body: input.body ?? {} } as InputOf<Operation>
  return { input: whole, caller, trace, key: options.key }
}

/** An answer becomes a reply, a problem a refusal; anything else is thrown, because nothing is known of that member. */
export function verdictOf(result: PromiseSettledResult<{ reply: unknown }>): Verdict<unknown> {
  if (result.status === 'fulfilled') return { reply: result.value.reply }
  if (result.reason instanceof Problem && result.reason.kind.status < 500) return { problem: result.reason }
  throw result.reason
}
