/**
 * QR codes (ISO/IEC 18004) in byte mode, error correction level M, versions 1 to 15: up to 412 bytes, enough for the address of an
 * authenticator's key. Written here because a dependency would be the only one of its kind, and the secret in it should pass through few hands.
 */

/** Error correction bytes of a block, and blocks, by version at level M (ISO/IEC 18004 table 9). */
const ECC_BYTES = [0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24] as const
const BLOCKS = [0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10] as const
const LAST_VERSION = 15

/** A square of modules: true is dark. */
export type QrMatrix = readonly (readonly boolean[])[]

interface Drawing {
  size: number
  dark: boolean[][]
  /** Modules that no data goes into. */
  isFixed: boolean[][]
}

/** The code of a text, or undefined where the text is too long for it. No quiet zone: four modules of light must stand around it. */
export function qrCode(text: string): QrMatrix | undefined {
  const bytes = new TextEncoder().encode(text)
  for (let version = 1; version <= LAST_VERSION; version++) {
    const room = dataBytes(version)
    const countBits = version < 10 ? 8 : 16
    if (4 + countBits + bytes.length * 8 <= room * 8)
      return draw(version, withCorrection(version, packed(bytes, room, countBits)))
  }
  return undefined
}

/** Modules that carry bits, in bytes: all but the patterns. */
function rawBytes(version: number): number {
  let modules = (16 * version + 128) * version + 64
  if (version >= 2) {
    const aligned = Math.floor(version / 7) + 2
    modules -= (25 * aligned - 10) * aligned - 55
    if (version >= 7) modules -= 36
  }
  return Math.floor(modules / 8)
}

function dataBytes(version: number): number {
  return rawBytes(version) - (ECC_BYTES[version] ?? 0) * (BLOCKS[version] ?? 0)
}

/** Mode, length, bytes, terminator and padding. */
function packed(bytes: Uint8Array, room: number, countBits: number): number[] {
  const bits: number[] = []
  const put = (value: number, length: number): void => {
    for (let at = length - 1; at >= 0; at--) bits.push((value >>> at) & 1)
  }
  put(0b0100, 4)
  put(bytes.length, countBits)
  for (const byte of bytes) put(byte, 8)
  put(0, Math.min(4, room * 8 - bits.length))
  while (bits.length % 8 !== 0) bits.push(0)
  const result: number[] = []
  for (let at = 0; at < bits.length; at += 8) result.push(Number.parseInt(bits.slice(at, at + 8).join(''), 2))
  for (let pad = 0xec; result.length < room; pad ^= 0xec ^ 0x11) result.push(pad)
  return result
}

/** Blocks with their correction, interleaved; short blocks come first. */
function withCorrection(version: number, data: readonly number[]): number[] {
  const blocks = BLOCKS[version] as number
  const eccLength = ECC_BYTES[version] as number
  const raw = rawBytes(version)
  const shortOnes = blocks - (raw % blocks)
  const shortLength = Math.floor(raw / blocks) - eccLength
  const divisor = correctionDivisor(eccLength)
  const parts: { data: readonly number[]; ecc: readonly number[] }[] = []
  for (let block = 0, at = 0; block < blocks; block++) {
    const part = data.slice(at, at + shortLength + (block < shortOnes ? 0 : 1))
    at += part.length
    parts.push({ data: part, ecc: remainderOf(part, divisor) })
  }
  const result: number[] = []
  for (let at = 0; at <= shortLength; at++)
    for (const part of parts) if (at < part.data.length) result.push(part.data[at] as number)
  for (let at = 0; at < eccLength; at++) for (const part of parts) result.push(part.ecc[at] as number)
  return result
}

/** Product in GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1. */
function product(a: number, b: number): number {
  let result = 0
  for (let bit = 7; bit >= 0; bit--) {
    result = (result << 1) ^ ((result >>> 7) * 0x11d)
    result ^= ((b >>> bit) & 1) * a
  }
  return result
}

/** The Reed-Solomon generator of a degree, without its leading 1. */
function correctionDivisor(degree: number): number[] {
  const result: number[] = new Array(degree - 1).fill(0).concat(1)
  let root = 1
  for (let round = 0; round < degree; round++) {
    for (let at = 0; at < degree; at++)
      result[at] = product(result[at] as number, root) ^ (at + 1 < degree ? (result[at + 1] as number) : 0)
    root = product(root, 2)
  }
  return result
}

function remainderOf(data: readonly number[], divisor: readonly number[]): number[] {
  const result: number[] = divisor.map(() => 0)
  for (const byte of data) {
    const factor = byte ^ (result.shift() as number)
    result.push(0)
    divisor.forEach((coefficient, at) => {
      result[at] = (result[at] as number) ^ product(coefficient, factor)
    })
  }
  return result
}

function draw(version: number, codewords: readonly number[]): QrMatrix {
  const size = version * 4 + 17
  const square = (): boolean[][] => Array.from({ length: size }, () => new Array<boolean>(size).fill(false))
  const drawing: Drawing = { size, dark: square(), isFixed: square() }
  drawPatterns(drawing, version)
  drawVersion(drawing, version)
  // Mask 0, rows and columns by turns. Any mask may be chosen; the best one only spares a reader some light.
  drawFormat(drawing, 0)
  drawData(drawing, codewords)
  return drawing.dark
}

function set({ dark, isFixed }: Drawing, row: number, column: number, value: boolean): void {
  ;(dark[row] as boolean[])[column] = value
  ;(isFixed[row] as boolean[])[column] = true
}

/** Timing, finders in three corners, alignment squares. */
function drawPatterns(drawing: Drawing, version: number): void {
  const { size } = drawing
  for (let at = 0; at < size; at++) {
    set(drawing, 6, at, at % 2 === 0)
    set(drawing, at, 6, at % 2 === 0)
  }
  const rings = (row: number, column: number, reach: number, isDark: (distance: number) => boolean): void => {
    for (let dy = -reach; dy <= reach; dy++)
      for (let dx = -reach; dx <= reach; dx++) {
        const [y, x] = [row + dy, column + dx]
        if (y >= 0 && y < size && x >= 0 && x < size) set(drawing, y, x, isDark(Math.max(Math.abs(dx), Math.abs(dy))))
      }
  }
  const finder = (distance: number): boolean => distance !== 2 && distance !== 4
  rings(3, 3, 4, finder)
  rings(3, size - 4, 4, finder)
  rings(size - 4, 3, 4, finder)
  const places = alignmentPlaces(version, size)
  const last = places.length - 1
  places.forEach((row, i) => {
    places.forEach((column, j) => {
      const isFinder = (i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0)
      if (!isFinder) rings(row, column, 2, (distance) => distance !== 1)
    })
  })
}

function alignmentPlaces(version: number, size: number): number[] {
  if (version === 1) return []
  const count = Math.floor(version / 7) + 2
  const step = Math.floor((version * 8 + count * 3 + 5) / (count * 4 - 4)) * 2
  const places = [6]
  for (let at = size - 7; places.length < count; at -= step) places.splice(1, 0, at)
  return places
}

/** Level M and the mask, with 10 bits of BCH correction, twice. */
function drawFormat(drawing: Drawing, mask: number): void {
  const { size } = drawing
  let remainder = mask
  for (let bit = 0; bit < 10; bit++) remainder = (remainder << 1) ^ ((remainder >>> 9) * 0x537)
  const bits = ((mask << 10) | remainder) ^ 0x5412
  const bit = (at: number): boolean => ((bits >>> at) & 1) === 1
  for (let at = 0; at <= 5; at++) set(drawing, at, 8, bit(at))
  set(drawing, 7, 8, bit(6))
  set(drawing, 8, 8, bit(7))
  set(drawing, 8, 7, bit(8))
  for (let at = 9; at < 15; at++) set(drawing, 8, 14 - at, bit(at))
  for (let at = 0; at < 8; at++) set(drawing, 8, size - 1 - at, bit(at))
  for (let at = 8; at < 15; at++) set(drawing, size - 15 + at, 8, bit(at))
  set(drawing, size - 8, 8, true)
}

/** From version 7 on, the version with 12 bits of BCH correction, twice. */
function drawVersion(drawing: Drawing, version: number): void {
  if (version < 7) return
  let remainder = version
  for (let bit = 0; bit < 12; bit++) remainder = (remainder << 1) ^ ((remainder >>> 11) * 0x1f25)
  const bits = (version << 12) | remainder
  for (let at = 0; at < 18; at++) {
    const isDark = ((bits >>> at) & 1) === 1
    const [far, near] = [drawing.size - 11 + (at % 3), Math.floor(at / 3)]
    set(drawing, near, far, isDark)
    set(drawing, far, near, isDark)
  }
}

/** The bits in columns of two, upwards and downwards by turns, masked. */
function drawData({ size, dark, isFixed }: Drawing, codewords: readonly number[]): void {
  let at = 0
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5
    for (let step = 0; step < size; step++) {
      const isUpward = ((right + 1) & 2) === 0
      const row = isUpward ? size - 1 - step : step
      for (const column of [right, right - 1]) {
        if (isFixed[row]?.[column] === true) continue
        const bit = (((codewords[at >>> 3] ?? 0) >>> (7 - (at & 7))) & 1) === 1
        ;(dark[row] as boolean[])[column] = bit !== ((row + column) % 2 === 0)
        at++
      }
    }
  }
}
