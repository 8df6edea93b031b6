import { Type } from 'typebox'
import { event } from '#libs/contract/event.ts'
import { operationsOf } from '#libs/contract/operation.ts'
import { Cents, Id, OneOf, PlainText } from '#libs/contract/schema.ts'

/** What the world may know of jar-service, the service that tests of the libraries run and that a newcomer reads first. */
const operation = operationsOf('jar-service')
const Sweets = Type.Integer({ minimum: 1, maximum: 1_000_000 })

const Jar = Type.Object({
  jar_id: Id,
  customer_id: Id,
  label: PlainText(40),
  sweets: Type.Integer(),
  worth_cents: Cents,
})

export const createJar = operation({
  id: 'createJar',
  method: 'POST',
  path: '/jars',
  summary: 'Puts up a jar of sweets',
  access: { roles: ['customer'] },
  body: Type.Object({ label: PlainText(40), sweets: Sweets, worth_cents: Cents }),
  reply: Jar,
  status: 201,
  idempotency: 'accepted',
  problems: ['LABEL_TAKEN', 'LABEL_REFUSED'],
})

export const getJar = operation({
  id: 'getJar',
  method: 'GET',
  path: '/jars/:jar_id',
  summary: 'One jar, for who put it up',
  access: { owner: 'jar_id', services: ['kitchen-service'] },
  params: Type.Object({ jar_id: Id }),
  reply: Jar,
})

export const takeSweets = operation({
  id: 'takeSweets',
  method: 'POST',
  path: '/jars/:jar_id/takings',
  summary: 'Takes sweets out of a jar that has enough of them',
  access: { owner: 'jar_id', services: ['kitchen-service'] },
  params: Type.Object({ jar_id: Id }),
  body: Type.Object({ sweets: Sweets, wish: Type.Optional(PlainText(80)) }),
  reply: Type.Object({ taking_id: Id, jar_id: Id, taken: Type.Integer(), remaining: Type.Integer() }),
  status: 201,
  location: '/takings',
  idempotency: 'required',
  batched: true,
  money: true,
  problems: ['JAR_EMPTY', 'WISH_REFUSED', 'WAIT_FOR_DINNER'],
})

export const moveSweets = operation({
  id: 'moveSweets',
  method: 'POST',
  path: '/jars/:jar_id/moves',
  summary: 'Moves sweets to another jar, which takes a while',
  access: { owner: 'jar_id' },
  params: Type.Object({ jar_id: Id }),
  body: Type.Object({ to_jar_id: Id, sweets: Sweets }),
  reply: Type.Object({ move_id: Id, sweets: Type.Integer(), move_status: OneOf(['PENDING', 'DONE', 'FAILED']) }),
  status: 202,
  location: '/moves',
  idempotency: 'required',
  batched: true,
})

/** Another service's operation, which createJar asks. */
export const inspectLabel = operationsOf('kitchen-service')({
  id: 'inspectLabel',
  method: 'POST',
  path: '/internal/labels',
  summary: 'Whether a label may stand on a jar',
  access: { services: ['jar-service'] },
  body: Type.Object({ label: PlainText(40) }),
  reply: Type.Object({ is_allowed: Type.Boolean() }),
  audit: false,
})

const ofJars = { topic: 'jars', source: 'jar-service' } as const

export const sweetsTaken = event({
  ...ofJars,
  type: 'jar.sweets_taken',
  subject: 'taking_id',
  partitionKey: 'jar_id',
  data: Type.Object({ taking_id: Id, jar_id: Id, taken: Type.Integer(), worth_cents: Cents }),
})

export const moveAsked = event({
  ...ofJars,
  type: 'jar.move_asked',
  subject: 'move_id',
  partitionKey: 'jar_id',
  data: Type.Object({ move_id: Id, jar_id: Id, to_jar_id: Id, sweets: Type.Integer() }),
})

/** Another service's event, to which jar-service reacts. */
export const sweetsMade = event({
  topic: 'kitchen',
  source: 'kitchen-service',
  type: 'kitchen.sweets_made',
  subject: 'jar_id',
  partitionKey: 'jar_id',
  data: Type.Object({ jar_id: Id, sweets: Type.Integer() }),
})
