import { bankApi } from '../../services/bank-api.ts'

// Asking for a proof or a ceremony changes nothing that a page shows: without this, every code that is sent would load the whole page again.
bankApi.enhanceEndpoints({
  endpoints: {
    openFactorProof: { invalidatesTags: [] },
    offerFactorProof: { invalidatesTags: [] },
    startPasskey: { invalidatesTags: [] },
    enrolTotp: { invalidatesTags: [] },
    enrolPhone: { invalidatesTags: [] },
  },
})
