/** A function of one text whose last answers are kept, so many at most: for what is asked again and again about few texts. */
export function remembered<Answer>(atMost: number, answerTo: (text: string) => Answer): (text: string) => Answer {
  const kept = new Map<string, Answer>()
  return (text) => {
    const known = kept.get(text)
    if (known !== undefined) return known
    const answer = answerTo(text)
    if (kept.size >= atMost) kept.delete(kept.keys().next().value as string)
    kept.set(text, answer)
    return answer
  }
}
