import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import Stack from '@mui/material/Stack'
import { type ReactNode, useId } from 'react'

interface ActDialogProps {
  title: string
  /** What the button says that leaves it. */
  leave?: string
  onClose(): void
  children: ReactNode
}

/** A dialog for one act. Closing it leaves everything as it is; the focus goes back to where it came from. */
export function ActDialog({ title, leave = 'Cancel', onClose, children }: ActDialogProps): ReactNode {
  const id = useId()
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} fullWidth maxWidth="xs">
      <DialogTitle id={id}>{title}</DialogTitle>
      <DialogContent>
        <Stack spacing={2}>{children}</Stack>
      </DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={onClose}>
          {leave}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
