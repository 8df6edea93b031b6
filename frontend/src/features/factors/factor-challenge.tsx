import Button from '@mui/material/Button'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { type ReactNode, useState } from 'react'
import { EmptyState } from '../../components/empty-state.tsx'
import { ErrorSummary } from '../../components/error-summary.tsx'
import type { Refusal } from '../../services/base-api.ts'
import { CodeWay, PasswordWay } from './code-way.tsx'
import {
  type FactorAnswer,
  type FactorOffer,
  type FactorWord,
  isSent,
  WAYS,
  type WayProps,
  waysOf,
} from './factor-words.ts'
import { PasskeyWay } from './passkey-way.tsx'
import { PushWay } from './push-way.tsx'

export interface ChallengeProps {
  /** What the bank listed, strongest first. */
  factors: readonly FactorWord[]
  /** Asks the bank to send a code, to ask the phone, or what a passkey has to sign. */
  offer(factor: FactorWord): PromiseLike<{ data?: FactorOffer | undefined; error?: unknown }>
  /** Sends the answer; the refusal where there was one. */
  answer(answer: FactorAnswer): Promise<Refusal | undefined>
  /** What the button says that sends a code, like "Go on". */
  submit: string
  /** Fields that stand above the answer, by the way that is chosen. */
  before?: (factor: FactorWord) => ReactNode
}

/** Proves who is there by one of the ways that the bank lists; whoever has several may step from one to another. */
export function FactorChallenge({ factors, offer, answer, submit, before }: ChallengeProps): ReactNode {
  const ways = waysOf(factors)
  const [way, setWay] = useState(ways[0])
  const [offered, setOffered] = useState<FactorOffer>()
  const [refusal, setRefusal] = useState<Refusal>()
  if (way === undefined)
    return (
      <EmptyState title="This browser cannot use your passkey">
        <Typography>Sign in with a browser that knows passkeys, or on your other device.</Typography>
      </EmptyState>
    )
  const ask = async (word: FactorWord): Promise<FactorOffer | undefined> => {
    const { data, error } = await offer(word)
    setRefusal(error as Refusal | undefined)
    setOffered(data)
    return data
  }
  const choose = (word: FactorWord): void => {
    setWay(word)
    setOffered(undefined)
    setRefusal(undefined)
    // Whoever chooses a code wants it sent; the first of the list may be not what one wants.
    if (isSent(word)) void ask(word)
  }
  const send = async (given: FactorAnswer): Promise<Refusal | undefined> => {
    const refused = await answer(given)
    if (refused?.code !== 'APPROVAL_PENDING') setRefusal(refused)
    return refused
  }
  const props: WayProps = {
    submit,
    offered,
    before: before?.(way),
    ask: () => ask(way),
    answer: send,
    onRefusal: setRefusal,
  }
  return (
    <Stack spacing={2}>
      <ErrorSummary refusal={refusal} />
      <Way key={way} way={way} {...props} />
      <OtherWays ways={ways.filter((word) => word !== way)} choose={choose} />
    </Stack>
  )
}

function Way({ way, ...props }: WayProps & { way: FactorWord }): ReactNode {
  if (way === 'PASSKEY') return <PasskeyWay {...props} />
  if (way === 'PUSH') return <PushWay {...props} />
  if (way === 'PASSWORD') return <PasswordWay {...props} />
  return <CodeWay way={way} {...props} />
}

function OtherWays({ ways, choose }: { ways: readonly FactorWord[]; choose(word: FactorWord): void }): ReactNode {
  if (ways.length === 0) return null
  return (
    <Stack role="group" aria-label="Other ways" sx={{ alignItems: 'start' }}>
      <Typography variant="body2" color="textSecondary">
        Or another way
      </Typography>
      {ways.map((word) => (
        <Button key={word} onClick={() => choose(word)} sx={{ px: 0, minWidth: 0 }}>
          {WAYS[word]}
        </Button>
      ))}
    </Stack>
  )
}
