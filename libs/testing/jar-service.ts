import { declareSettings } from '#libs/config/settings.ts'
import type { Verdict } from '#libs/contract/client.ts'
import { occurred } from '#libs/contract/event.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { operationsFor } from '#libs/http/implement.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import { reactionsOf } from '#libs/outbox/react.ts'
import { defineProblems, Problem } from '#libs/problem/problem.ts'
import { defineService } from '#libs/service/service.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import * as api from './jar-contracts.ts'

/**
 * A whole small service: jars that hold a count of sweets. It shows each kind of beat once (a write that asks, a batched write, one that
 * answers 202 and goes on, a read, reactions to another's events and to its own), and the libraries are tested with it. What stands in one
 * file here has a folder each in a real service.
 */
type Own = Record<string, never>
const { implement, implementRead, implementBatched } = operationsFor<Own>()
const react = reactionsOf<Own>()

type Jar = ReplyOf<typeof api.createJar>
type Taking = ReplyOf<typeof api.takeSweets>
type Move = ReplyOf<typeof api.moveSweets>

export const problems = defineProblems({
  LABEL_TAKEN: [409, 'You have a jar with this label'],
  LABEL_REFUSED: [422, 'This label may not stand on a jar'],
  JAR_EMPTY: [409, 'The jar has fewer sweets than that'],
  WISH_REFUSED: [422, 'Sweets are not given for this wish'],
  WAIT_FOR_DINNER: [403, 'Have dinner first'],
})

export const createJar = implement(api.createJar, {
  ask: ({ body }, { call }) => call(api.inspectLabel, { body: { label: body.label } }),

  /** Puts up a jar. Its label is the customer's own: the database refuses a second one, and that is LABEL_TAKEN. */
  async run({ body }, { tx, caller, mintId }, { is_allowed }) {
    if (!is_allowed) throw new Problem(problems.LABEL_REFUSED)
    const jar: Jar = { jar_id: mintId(), customer_id: caller.customer_id as string, ...body }
    await tx`insert into jars ${tx(jar)}`
    return jar
  },
})

const getJar = implementRead(api.getJar, {
  async read({ params }, { sql }) {
    const [jar] = await sql<Jar[]>`
      select jar_id, customer_id, label, sweets, worth_cents from jars where jar_id = ${params.jar_id}`
    return jar as Jar
  },
})

/** The jars of a batch by id, locked in the order of their ids so that two batches never wait for each other in a circle. */
async function lockJars(tx: Tx, ids: readonly string[]): Promise<Map<string, Jar>> {
  const rows = await tx<
    Jar[]
  >`select * from jars where jar_id = any(${ids as string[]}::uuid[]) order by jar_id for update`
  return new Map(rows.map((jar) => [jar.jar_id, jar]))
}

async function storeSweets(tx: Tx, jars: Iterable<Jar>): Promise<void> {
  const list = [...jars]
  await tx`
    update jars set sweets = changed.sweets
    from unnest(${list.map((jar) => jar.jar_id)}::uuid[], ${list.map((jar) => jar.sweets)}::int[]) as changed (jar_id, sweets)
    where jars.jar_id = changed.jar_id`
}

export const takeSweets = implementBatched(api.takeSweets, {
  /** Takes from each jar in the order of the calls; who comes when too few are left is refused, and the others are not. */
  async decideMany(members, { tx }) {
    const jars = await lockJars(tx, [...new Set(members.map((member) => member.input.params.jar_id))])
    const rows: (Taking & { wish: string })[] = []
    const verdicts = members.map(({ id, input }): Verdict<Taking> => {
      const jar = jars.get(input.params.jar_id)
      if (input.body.wish === 'before dinner') return { problem: new Problem(problems.WAIT_FOR_DINNER) }
      if (jar === undefined || jar.sweets < input.body.sweets) return { problem: new Problem(problems.JAR_EMPTY) }
      jar.sweets -= input.body.sweets
      const reply = { taking_id: id, jar_id: jar.jar_id, taken: input.body.sweets, remaining: jar.sweets }
      rows.push({ ...reply, wish: input.body.wish ?? '' })
      return { reply }
    })
    if (rows.length === 0) return verdicts
    await tx`insert into takings ${tx(rows)}`
    await storeSweets(tx, jars.values())
    const traces = new Map(members.map((member) => [member.id, member.trace]))
    await publishAll(
      tx,
      rows.map(({ taking_id, jar_id, taken }) => {
        const worth_cents = (jars.get(jar_id) as Jar).worth_cents * BigInt(taken)
        return occurred(api.sweetsTaken, { taking_id, jar_id, taken, worth_cents }, traces.get(taking_id))
      }),
    )
    return verdicts
  },
  present: (ids, { sql }) =>
    byId<Taking, 'taking_id'>(
      ids,
      'taking_id',
      sql`
    select taking_id, jar_id, taken, remaining from takings where taking_id = any(${ids as string[]}::uuid[])`,
    ),
})

const moveSweets = implementBatched(api.moveSweets, {
  /** Only writes the wish down; the reaction to its event does the moving. */
  async decideMany(members, { tx }) {
    const moves = members.map(({ id, input }) => ({ move_id: id, jar_id: input.params.jar_id, ...input.body }))
    await tx`insert into moves ${tx(moves.map((move) => ({ ...move, move_status: 'PENDING' })))}`
    const asked = moves.map((move, i) => occurred(api.moveAsked, move, members[i]?.trace))
    await publishAll(tx, asked)
    return moves.map(({ move_id, sweets }) => ({ reply: { move_id, sweets, move_status: 'PENDING' as const } }))
  },
  present: (ids, { sql }) => presentMoves(ids, sql),
  isFinal: (move) => move.move_status !== 'PENDING',
})

function presentMoves(ids: readonly string[], sql: Queryable): Promise<(Move | undefined)[]> {
  const rows = sql<
    Move[]
  >`select move_id, sweets, move_status from moves where move_id = any(${ids as string[]}::uuid[])`
  return byId<Move, 'move_id'>(ids, 'move_id', rows)
}

/** Rows in the order of the ids that were asked for. */
async function byId<Row, Key extends keyof Row>(
  ids: readonly string[],
  key: Key,
  query: PromiseLike<readonly Row[]>,
): Promise<(Row | undefined)[]> {
  const rows = new Map((await query).map((row) => [row[key] as string, row]))
  return ids.map((id) => rows.get(id))
}

const onMoveAsked = react(api.moveAsked, {
  async run(events, _asked, { tx }) {
    const jars = await lockJars(
      tx,
      events.flatMap(({ data }) => [data.jar_id, data.to_jar_id]),
    )
    const done = events.map(({ data }) => {
      const [from, to] = [jars.get(data.jar_id) as Jar, jars.get(data.to_jar_id) as Jar]
      const isEnough = from.sweets >= data.sweets
      if (isEnough) {
        from.sweets -= data.sweets
        to.sweets += data.sweets
      }
      return { move_id: data.move_id, move_status: isEnough ? 'DONE' : 'FAILED' }
    })
    await storeSweets(tx, jars.values())
    await tx`
      update moves set move_status = done.move_status
      from unnest(${done.map((move) => move.move_id)}::uuid[], ${done.map((move) => move.move_status)}::text[]) as done (move_id, move_status)
      where moves.move_id = done.move_id`
  },
})

const onSweetsMade = react(api.sweetsMade, {
  async run(events, _asked, { tx }) {
    await tx`
      update jars set sweets = jars.sweets + made.sweets
      from (select jar_id, sum(sweets)::int as sweets
        from unnest(${events.map(({ data }) => data.jar_id)}::uuid[], ${events.map(({ data }) => data.sweets)}::int[]) as made (jar_id, sweets)
        group by jar_id) as made
      where jars.jar_id = made.jar_id`
  },
})

/** The whole service on one page. */
export const service = defineService<Own>({
  name: 'jar-service',
  migrations: new URL('jar-migrations/', import.meta.url),
  settings: declareSettings({}),
  operations: [createJar, getJar, takeSweets, moveSweets],
  reactions: [onMoveAsked, onSweetsMade],
  jobs: [],
  produces: [api.sweetsTaken, api.moveAsked],
  problems,
  constraints: { jars_label_once: problems.LABEL_TAKEN, takings_wish_is_kind: problems.WISH_REFUSED },
  owners: {
    jar_id: async (jar_id, caller, _capability, { sql }) => {
      const [jar] = await sql`select 1 from jars where jar_id = ${jar_id} and customer_id = ${caller.customer_id}`
      return jar !== undefined
    },
  },
  partitioned: [],
  open: async () => ({}),
})
