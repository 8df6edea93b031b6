import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type * as api from '#contracts/api/identity-factors.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'

type CreationOptions = ReplyOf<typeof api.startPasskey>['options']
type RequestOptions = ReplyOf<typeof api.startPasskeyLogin>['options']
type Attestation = InputOf<typeof api.registerPasskey>['body']['passkey']
type Assertion = InputOf<typeof api.loginByPasskey>['body']['passkey']

/** What an authenticator or a browser may do otherwise than it should. */
export interface Quirks {
  origin?: string
  rp_id?: string
  challenge?: string
  is_verified?: boolean
  /** The counter it says, where it is not the next. */
  counter?: number
  user_handle?: string
  id?: string
}

export interface SoftAuthenticator {
  readonly id: string
  create(options: CreationOptions, quirks?: Quirks): Attestation
  get(options: RequestOptions, quirks?: Quirks): Assertion
}

const UP = 0x01
const UV = 0x04
/** Backup eligible, backed up: a passkey that travels. */
const BE_BS = 0x18
const ATTESTED = 0x40
const AAGUID = Buffer.from('00112233445566778899aabbccddeeff', 'hex')

/** An authenticator with one ES256 passkey, and the browser before it (WebAuthn §6.1, §6.5): what a person has in the tests. */
export function softAuthenticator({ syncs = false, origin = 'http://localhost:3000' } = {}): SoftAuthenticator {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const credential = randomBytes(24)
  const id = credential.toString('base64url')
  let counter = 0
  let handle = ''
  const clientData = (type: string, challenge: string, quirks: Quirks): string => {
    const said = { type, challenge: quirks.challenge ?? challenge, origin: quirks.origin ?? origin, crossOrigin: false }
    return Buffer.from(JSON.stringify(said)).toString('base64url')
  }
  const authData = (rp_id: string, extra: Buffer, quirks: Quirks): Buffer => {
    const count = Buffer.alloc(4)
    counter = quirks.counter ?? counter + 1
    count.writeUInt32BE(counter)
    const verified = quirks.is_verified === false ? 0 : UV
    const flags = UP | verified | (syncs ? BE_BS : 0) | (extra.length > 0 ? ATTESTED : 0)
    const hash = createHash('sha256')
      .update(quirks.rp_id ?? rp_id)
      .digest()
    return Buffer.concat([hash, Buffer.from([flags]), count, extra])
  }
  return {
    id,
    create(options, quirks = {}) {
      handle = options.user.id
      const length = Buffer.from([0, credential.length])
      const attested = Buffer.concat([AAGUID, length, credential, coseOf(publicKey)])
      const data = authData(options.rp.id ?? '', attested, quirks)
      const attestation = cbor(
        new Map<string, Cbor>([
          ['fmt', 'none'],
          ['attStmt', new Map()],
          ['authData', data],
        ]),
      )
      return {
        ...credentialOf(quirks.id ?? id),
        response: {
          clientDataJSON: clientData('webauthn.create', options.challenge, quirks),
          attestationObject: attestation.toString('base64url'),
          transports: ['internal'],
        },
      }
    },
    get(options, quirks = {}) {
      const client = clientData('webauthn.get', options.challenge, quirks)
      const data = authData(options.rpId ?? '', Buffer.alloc(0), quirks)
      const hash = createHash('sha256').update(Buffer.from(client, 'base64url')).digest()
      return {
        ...credentialOf(quirks.id ?? id),
        response: {
          clientDataJSON: client,
          authenticatorData: data.toString('base64url'),
          signature: sign('sha256', Buffer.concat([data, hash]), privateKey).toString('base64url'),
          userHandle: quirks.user_handle ?? handle,
        },
      }
    },
  }
}

function credentialOf(id: string) {
  return { id, rawId: id, type: 'public-key' as const, clientExtensionResults: {} }
}

/** RFC 9053 §7.1.1: an EC2 key of P-256 for ES256. */
function coseOf(key: KeyObject): Buffer {
  const { x, y } = key.export({ format: 'jwk' })
  return cbor(
    new Map<number, Cbor>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x as string, 'base64url')],
      [-3, Buffer.from(y as string, 'base64url')],
    ]),
  )
}

type Cbor = number | string | Buffer | Map<number | string, Cbor>

/** RFC 8949, as far as authenticators need it. */
function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, member]) => [cbor(key), cbor(member)])])
}

function head(major: number, size: number): Buffer {
  if (size < 24) return Buffer.from([(major << 5) | size])
  if (size < 256) return Buffer.from([(major << 5) | 24, size])
  return Buffer.from([(major << 5) | 25, size >> 8, size & 0xff])
}
