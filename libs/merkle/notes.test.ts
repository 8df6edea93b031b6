import assert from 'node:assert/strict'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Checkpoint, checkpointText, openCheckpoint, parseCheckpoint } from './checkpoints.ts'
import { EMPTY_ROOT, leafHash } from './hashing.ts'
import { NoteRefused, type NoteSigner, openNote, parseVerifierKey, signNote, verifierKeyText } from './notes.ts'

function signerOf(name: string): NoteSigner & { readonly key: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const key = verifierKeyText(name, publicKey)
  return { name, public_key: publicKey, sign: (text) => sign(null, text, privateKey), key }
}

const bank = signerOf('bankflow.example/ledger')
const witness = signerOf('witness.example')
const bankKey = parseVerifierKey(bank.key)
const checkpoint: Checkpoint = {
  origin: bank.name,
  size: 12,
  root: leafHash('root'),
  extensions: ['seal 3 00ff', 'time 2026-01-02T03:04:05.678Z'],
}

test('the example of the note package that C2SP signed-note comes from opens with its key', () => {
  const key = parseVerifierKey('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')
  const text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
  const base64 = 'x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM='
  assert.equal(openNote(`${text}\n— PeterNeumann ${base64}\n`, [key]), text)
  assert.equal(
    verifierKeyText(key.name, key.public_key),
    'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  )
})

test('a checkpoint is the text that C2SP tlog-checkpoint says, and comes back from its signed note', async () => {
  const text = checkpointText(checkpoint)
  const root = checkpoint.root.toString('base64')
  assert.equal(text, `bankflow.example/ledger\n12\n${root}\nseal 3 00ff\ntime 2026-01-02T03:04:05.678Z\n`)
  const note = await signNote(text, bank)
  const [, name, base64 = ''] = /\n\n— (\S+) (\S+)\n$/.exec(note) ?? []
  assert.equal(name, bank.name)
  const signed = Buffer.from(base64, 'base64')
  assert.equal(signed.toString('hex', 0, 4), bank.key.split('+')[1])
  assert.ok(verify(null, Buffer.from(text), bank.public_key, signed.subarray(4)))
  assert.deepEqual(openCheckpoint(note, bankKey), checkpoint)
})

test('any character of a signed note changed, added or taken away refuses it', async () => {
  const note = await signNote(checkpointText(checkpoint), bank)
  fc.assert(
    fc.property(fc.nat(note.length - 1), fc.string({ minLength: 0, maxLength: 2 }), (at, other) => {
      const changed = note.slice(0, at) + other + note.slice(at + 1)
      if (changed === note) return
      assert.throws(() => openCheckpoint(changed, bankKey), NoteRefused)
    }),
    { numRuns: 500 },
  )
})

test('a witness may add its signature, and who knows only the witness trusts it; a wrong one of a known key refuses', async () => {
  const text = checkpointText(checkpoint)
  const note = await signNote(text, bank)
  const line = (await signNote(text, witness)).split('\n\n')[1]
  const both = `${note}${line}`
  assert.equal(openNote(both, [bankKey]), text)
  assert.equal(openNote(both, [parseVerifierKey(witness.key)]), text)
  assert.throws(() => openNote(note, [parseVerifierKey(witness.key)]), NoteRefused)
  assert.throws(() => openNote(note, []), NoteRefused)
  const other = (await signNote('other\n', witness)).split('\n\n')[1]
  assert.equal(openNote(`${note}${other}`, [bankKey]), text)
  assert.throws(() => openNote(`${note}${other}`, [bankKey, parseVerifierKey(witness.key)]), NoteRefused)
  assert.throws(() => openNote(`${note}${line?.repeat(16)}`, [bankKey]), NoteRefused)
})

test('a checkpoint of one origin signed by the key of another is none', async () => {
  const note = await signNote(checkpointText({ ...checkpoint, origin: 'another.example/ledger' }), bank)
  assert.throws(() => openCheckpoint(note, bankKey), NoteRefused)
})

test('keys and texts that say something else than they should are refused', async () => {
  const [name, key_hash, base64 = ''] = bank.key.split('+')
  const other = `${base64.slice(0, 20)}${base64[20] === 'A' ? 'B' : 'A'}${base64.slice(21)}`
  const cut = base64.slice(0, -1)
  for (const key of [
    '',
    `${name}+${key_hash}`,
    `x${bank.key}`,
    `${name}+${key_hash}+${other}`,
    `${name}+${key_hash}+${cut}`,
  ]) {
    assert.throws(() => parseVerifierKey(key), NoteRefused, key)
  }
  for (const wrong of ['a b', 'a+b', 'a\nb', '', 'a\u2003b'])
    assert.throws(() => verifierKeyText(wrong, bank.public_key), RangeError)
  for (const text of ['', 'no newline', 'a\tb\n', 'a\ud800\n', `${'long'.repeat(20_000)}\n`]) {
    await assert.rejects(signNote(text, bank), RangeError)
  }
  await assert.rejects(signNote('a\n', { ...bank, sign: () => Buffer.alloc(63) }), RangeError)
  const { publicKey } = generateKeyPairSync('ed448')
  assert.throws(() => verifierKeyText('a', publicKey), RangeError)
})

test('a checkpoint has a size and a root as only one text writes them', () => {
  const root = EMPTY_ROOT.toString('base64')
  for (const text of [
    `o\n1\n${root}`,
    `o\n01\n${root}\n`,
    `o\n-1\n${root}\n`,
    `o\n9007199254740993\n${root}\n`,
    `\n1\n${root}\n`,
    `o\n1\n${root}=\n`,
    `o\n1\n${root.slice(4)}\n`,
    `o\n1\n${root}\n\n`,
    'o\n1\n',
  ]) {
    assert.throws(() => parseCheckpoint(text), NoteRefused, text)
  }
  assert.deepEqual(parseCheckpoint(`o\n0\n${root}\n`), { origin: 'o', size: 0, root: EMPTY_ROOT, extensions: [] })
  for (const wrong of [
    { origin: '' },
    { extensions: [''] },
    { extensions: ['a\nb'] },
    { size: 0.5 },
    { root: Buffer.alloc(31) },
  ]) {
    assert.throws(() => checkpointText({ ...checkpoint, ...wrong }), RangeError)
  }
})
