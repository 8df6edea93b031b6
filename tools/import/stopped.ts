/** The import cannot go on. `message` is one line for the person at the keyboard; what was booked stays booked. */
export class ImportStopped extends Error {
  override readonly name = 'ImportStopped'
}
