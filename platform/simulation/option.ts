/** One thing that could happen next; the heavier, the likelier. */
export interface Option {
  readonly weight: number
  run(): Promise<void>
}
