import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** Holds the master key. Everything that encrypts asks it, so that a KMS or an HSM can take its place. */
export interface KeyProvider {
  /** The key that seals now. It is written into what it seals, so that an older key can still open it. */
  readonly keyId: string
  /** Encrypts a data key with the current master key. */
  wrap(dataKey: Buffer): Promise<Buffer>
  /** Decrypts what `wrap` made under `keyId`; rejects with KeyRefused for an unknown key or changed bytes. */
  unwrap(keyId: string, wrapped: Buffer): Promise<Buffer>
  /** A 32-byte subkey for one purpose (HKDF-SHA-256, RFC 5869), of the current key unless told; KeyRefused for an unknown key. */
  derive(purpose: string, keyId?: string): Buffer
}

export type LocalKeyOptions = {
  /** One `master-key v1 <id> <32 bytes, base64url>` a line: the first seals, those below still open. */
  readonly file: string
  /** Makes the file when it is missing. A sandbox does; a production service must be given one. */
  readonly create: boolean
  readonly refuseDevelopmentKey?: boolean
}

/** A master key that is missing, unreadable, exposed or unknown; `message` is one line for the operator, without key material. */
export class KeyRefused extends Error {
  override readonly name = 'KeyRefused'
}

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const DEVELOPMENT_KEY = createHash('sha256').update('development master key: protects nothing').digest()
// What the rights of others and of a writing group may never be. A group may read: mounted secrets are often 0440.
const EXPOSED = 0o027

/** True for the published development key and for a key of one repeated byte: neither is a secret. */
export function isDevelopmentKey(key: Buffer): boolean {
  return key.equals(DEVELOPMENT_KEY) || key.every((byte) => byte === key[0])
}

/** The line of a key file that holds the published development key, for fixtures. */
export function developmentKeyLine(): string {
  return keyLine(DEVELOPMENT_KEY)
}

/** A key provider on a local file; KeyRefused when the file is missing, exposed or not a list of master keys. */
export function localKeyProvider(options: LocalKeyOptions): KeyProvider {
  const keys = readKeys(options)
  const [keyId] = keys.keys()
  if (keyId === undefined) throw new KeyRefused(`the master key file ${options.file} is empty`)
  if (options.refuseDevelopmentKey && [...keys.values()].some(isDevelopmentKey)) {
    throw new KeyRefused(`the master key file ${options.file} holds a well-known development key; make a new one`)
  }
  function subkey(id: string, info: string): Buffer {
    const master = keys.get(id)
    if (!master) throw new KeyRefused(`no master key has the id ${JSON.stringify(id.slice(0, 40))}`)
    return hkdf(master, info)
  }
  return {
    keyId,
    derive: (purpose, id = keyId) => subkey(id, `derive ${purpose}`),
    wrap: async (dataKey) => wrapWith(subkey(keyId, 'wrap'), dataKey),
    unwrap: async (id, wrapped) => unwrapWith(subkey(id, 'wrap'), wrapped),
  }
}

function readKeys({ file, create }: LocalKeyOptions): Map<string, Buffer> {
  let text = readKeyFile(file)
  if (text === undefined && create) {
    createKeyFile(file)
    text = readKeyFile(file)
  }
  if (text === undefined) throw new KeyRefused(`the master key file ${file} does not exist`)
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return new Map(lines.map((line, index) => parseKeyLine(line, `line ${index + 1} of the master key file ${file}`)))
}

function readKeyFile(file: string): string | undefined {
  let handle: number
  try {
    handle = openSync(file, 'r')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new KeyRefused(`the master key file ${file} cannot be read (${code})`)
  }
  try {
    // The rights are those of the file that was opened, not of whatever has its name a moment later.
    const stat = fstatSync(handle)
    if (!stat.isFile()) throw new KeyRefused(`the master key file ${file} is not a file`)
    if (process.platform !== 'win32' && (stat.mode & EXPOSED) !== 0) {
      const mode = (stat.mode & 0o777).toString(8).padStart(4, '0')
      throw new KeyRefused(`the master key file ${file} is open to others (mode ${mode}); make it 0600`)
    }
    return readFileSync(handle, 'utf8')
  } finally {
    closeSync(handle)
  }
}

/** Writes aside, syncs, then links: the name appears with the whole key or not at all, and the first of two starters wins. */
function createKeyFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const aside = `${file}.${randomBytes(6).toString('hex')}`
  const handle = openSync(aside, 'wx', 0o600)
  try {
    writeSync(handle, `${keyLine(randomBytes(KEY_BYTES))}\n`)
    fsyncSync(handle)
    linkSync(aside, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    closeSync(handle)
    unlinkSync(aside)
  }
  if (process.platform !== 'win32') syncFolder(dirname(file))
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  fsyncSync(handle)
  closeSync(handle)
}

function keyLine(key: Buffer): string {
  return `master-key v1 ${idOf(key)} ${key.toString('base64url')}`
}

function parseKeyLine(line: string, place: string): [string, Buffer] {
  const [title, version, id, text = '', ...more] = line.trim().split(' ')
  if (title !== 'master-key' || version !== 'v1' || more.length > 0)
    throw new KeyRefused(`${place} is not a v1 master key`)
  const key = Buffer.from(text, 'base64url')
  if (key.length !== KEY_BYTES)
    throw new KeyRefused(`${place} has a key of ${key.length} bytes instead of ${KEY_BYTES}`)
  if (id !== idOf(key)) throw new KeyRefused(`${place} is damaged: its id does not belong to its key`)
  return [id, key]
}

/** The id is derived from the key: it says nothing about it and shows a damaged line. */
function idOf(key: Buffer): string {
  return hkdf(key, 'id').toString('base64url').slice(0, 12)
}

function hkdf(key: Buffer, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', info, KEY_BYTES))
}

function wrapWith(key: Buffer, dataKey: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  return Buffer.concat([nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()])
}

function unwrapWith(key: Buffer, wrapped: Buffer): Buffer {
  if (wrapped.length < NONCE_BYTES + TAG_BYTES) throw new KeyRefused('a wrapped data key is too short')
  const end = wrapped.length - TAG_BYTES
  const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAuthTag(wrapped.subarray(end))
  try {
    return Buffer.concat([decipher.update(wrapped.subarray(NONCE_BYTES, end)), decipher.final()])
  } catch {
    throw new KeyRefused('a wrapped data key was changed or belongs to another master key')
  }
}
