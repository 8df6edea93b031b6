import Button from '@mui/material/Button'
import Snackbar from '@mui/material/Snackbar'
import { type ReactNode, useEffect, useState } from 'react'
import { Link } from 'react-router'
import { useAppDispatch } from '../../app/store.ts'
import { bankApi, useLazyListNotificationsQuery } from '../../services/bank-api.ts'
import { atMostEvery } from './at-most-every.ts'
import { openNotices } from './notices-stream.ts'

/** Many notices at once are asked about together: a page has its limit of requests too. */
const QUIET_MS = 3_000

/** Listens while somebody is signed in: shows the newest notice, and has what it is about asked for again. */
export function LiveNotices(): ReactNode {
  const dispatch = useAppDispatch()
  const [askNewest] = useLazyListNotificationsQuery()
  const [title, setTitle] = useState<string>()
  useEffect(() => {
    const refresh = async (): Promise<void> => {
      dispatch(bankApi.util.invalidateTags(['notification', 'account', 'transaction']))
      const { data } = await askNewest({ limit: 1 })
      const newest = data?.items[0]
      if (newest !== undefined && !newest.is_read) setTitle(newest.title)
    }
    const [onNotice, cancel] = atMostEvery(QUIET_MS, () => void refresh())
    const close = openNotices(onNotice)
    return () => {
      cancel()
      close()
    }
  }, [dispatch, askNewest])
  return (
    <Snackbar
      open={title !== undefined}
      autoHideDuration={6_000}
      onClose={(_, reason) => reason !== 'clickaway' && setTitle(undefined)}
      anchorOrigin={{ vertical: 'bottom', horizontal: 'center' }}
      message={title}
      action={
        <Button color="inherit" size="small" component={Link} to="/notifications" onClick={() => setTitle(undefined)}>
          Show
        </Button>
      }
      slotProps={{ content: { elevation: 6, role: 'status' } }}
    />
  )
}
