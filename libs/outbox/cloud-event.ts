import type { EventMessage } from '#libs/contract/event.ts'
import { decode, encode } from '#libs/json/json.ts'
import type { OutgoingRecord, StreamRecord } from './stream.ts'

/** What comes before the types of this platform's events on a stream that others read too. */
const TYPE_PREFIX = 'com.bankflow.'
const SPEC_VERSION = '1.0'

/** What is said on a stream of an event besides what its outbox keeps. */
export interface Sending {
  producer: string
  bank_epoch: number
  epoch: number
  position: bigint
  topicOf(type: string): string
}

/** The beginning of a bundle's line: all that says where the event goes. Its data may be large, and nobody needs it for that. */
interface Head {
  id: string
  type: string
  dataschema: string
  time: string
  subject: string
  partitionkey: string
}

const AFTER_HEAD = ',"correlationid":'

/** A line of a bundle as a record: a CloudEvent 1.0 in structured JSON, its text left as it was written. */
export function toRecord(line: string, { producer, bank_epoch, epoch, position, topicOf }: Sending): OutgoingRecord {
  const end = line.indexOf(AFTER_HEAD)
  const head = JSON.parse(`${line.slice(0, end)}}`) as Head
  const { type, partitionkey } = head
  const about = {
    specversion: SPEC_VERSION,
    source: producer,
    ...head,
    type: TYPE_PREFIX + type,
    datacontenttype: 'application/json',
    bankepoch: bank_epoch,
    epoch,
    // CloudEvents' integers end at 2^31.
    position: String(position),
  }
  return { topic: topicOf(type), key: partitionkey, value: encode(about).slice(0, -1) + line.slice(end) }
}

type Wire = Omit<EventMessage, 'time'> & {
  specversion: string
  datacontenttype: string
  time: string
  bankepoch: number
  epoch: number
  position: string
}

/** A record's event, or undefined for a text that is no event of the producer: somebody else wrote it. */
export function fromRecord(value: string, producer: string): StreamRecord | undefined {
  const wire = parsed(value)
  if (wire === undefined || wire.specversion !== SPEC_VERSION || wire.source !== producer) return undefined
  const { specversion: _, datacontenttype: __, bankepoch, epoch, position, ...event } = wire
  if (!isWhole(bankepoch) || !isWhole(epoch) || !/^\d{1,18}$/.test(position)) return undefined
  const isNamed = [event.id, event.type, event.partitionkey, event.correlationid, event.traceparent].every(
    (text) => typeof text === 'string',
  )
  const time = new Date(event.time)
  if (!isNamed || !UUID.test(event.id) || !event.type.startsWith(TYPE_PREFIX) || Number.isNaN(time.getTime()))
    return undefined
  const type = event.type.slice(TYPE_PREFIX.length)
  return { event: { ...event, type, time }, epoch, position: BigInt(position), bank_epoch: bankepoch }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function parsed(value: string): Wire | undefined {
  try {
    const wire: unknown = decode(value)
    return typeof wire === 'object' && wire !== null ? (wire as Wire) : undefined
  } catch {
    return undefined
  }
}
