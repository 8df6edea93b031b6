/** What identity says of a credential that is no token: the access token it stands for, or null, and how many seconds that may be kept. */
export interface ResolvedToken {
  access_token: string | null
  keep_s: number
}

/** Takes back that something was counted as a guess. */
type Guess = () => void

const MOST_KEPT = 10_000
const LONGEST_KEPT_S = 20

/**
 * The tokens that other credentials stand for, each kept for some seconds under a name that its owner makes up, never the credential itself. A
 * revoked session stops sooner: its token is verified at every request, and the verifier follows the revocations.
 */
export class ResolvedTokens {
  readonly #nowMs: () => number
  readonly #kept = new Map<string, { answer: Promise<ResolvedToken>; untilMs: number }>()

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs
  }

  /**
   * The access token behind `name`, or null. Requests that come at once share a question. `guess` is called before identity is asked, and may
   * refuse; what it returns, now or later, is called when there is a token, or nobody could say. A Fault when identity does not answer.
   */
  async tokenOf(
    name: string,
    { ask, guess }: { ask(): Promise<ResolvedToken>; guess(): Guess | Promise<Guess> },
  ): Promise<string | null> {
    const known = this.#kept.get(name)
    if (known !== undefined && this.#nowMs() < known.untilMs) return (await known.answer).access_token
    // Who is refused at once shares nothing; what is still being counted is waited for by all who ask the same.
    const counted = guess()
    let isNoGuess: Guess = () => {}
    const answer = Promise.resolve(counted).then((takeBack) => {
      isNoGuess = takeBack
      return ask()
    })
    const asked = { answer, untilMs: this.#nowMs() + LONGEST_KEPT_S * 1000 }
    this.#kept.delete(name)
    if (this.#kept.size >= MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value as string)
    this.#kept.set(name, asked)
    try {
      const { access_token, keep_s } = await asked.answer
      asked.untilMs = this.#nowMs() + Math.min(keep_s, LONGEST_KEPT_S) * 1000
      if (access_token !== null) isNoGuess()
      return access_token
    } catch (error) {
      if (this.#kept.get(name) === asked) this.#kept.delete(name)
      isNoGuess()
      throw error
    }
  }
}
