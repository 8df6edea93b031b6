import Button from '@mui/material/Button'
import Chip from '@mui/material/Chip'
import type { ReactNode } from 'react'
import { formatMoment } from '../../formats/dates.ts'
import {
  type ListSessionsApiResponse,
  useListSessionsQuery,
  useRevokeAllSessionsMutation,
  useRevokeSessionMutation,
} from '../../services/bank-api.ts'
import { Row, Rows, Section } from './section.tsx'

type Session = ListSessionsApiResponse['items'][number]

/** Where somebody is signed in right now. */
export function SessionsSection(): ReactNode {
  const { data, error, isLoading } = useListSessionsQuery()
  const [endOthers, { isLoading: isEnding, error: refused }] = useRevokeAllSessionsMutation()
  const sessions = [...(data?.items ?? [])].sort((a, b) => Number(b.is_current) - Number(a.is_current))
  const hasOthers = sessions.some((session) => !session.is_current)
  return (
    <Section
      title="Signed in now"
      about="What you end is out within a second."
      error={error ?? refused}
      isLoading={isLoading}
      {...(hasOthers
        ? {
            action: (
              <Button variant="outlined" color="warning" loading={isEnding} onClick={() => endOthers()}>
                End all others
              </Button>
            ),
          }
        : {})}
    >
      <Rows label="Sessions">
        {sessions.map((session) => (
          <SessionRow key={session.session_id} session={session} />
        ))}
      </Rows>
    </Section>
  )
}

function SessionRow({ session }: { session: Session }): ReactNode {
  const [end, { isLoading }] = useRevokeSessionMutation()
  const { is_current, created_at, last_accessed_at, session_id } = session
  const began = formatMoment(created_at)
  return (
    <Row
      title={
        <>
          {is_current ? 'This browser' : `Session ${session_id.slice(-4)}`}{' '}
          {is_current && <Chip size="small" label="This one" />}
        </>
      }
      lines={[`Since ${began}, last used ${formatMoment(last_accessed_at)}`]}
      {...(is_current
        ? {}
        : {
            actions: (
              <Button
                loading={isLoading}
                onClick={() => end({ sessionId: session_id })}
                aria-label={`End the session ${session_id.slice(-4)}, begun ${began}`}
              >
                End
              </Button>
            ),
          })}
    />
  )
}
