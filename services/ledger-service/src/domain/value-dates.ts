/**
 * How many classes there are of what lies between the day that an entry was booked on and its value date: 2^reach days and more, less than
 * 2^(reach+1). The last one holds what four-digit years can be apart.
 */
export const REACHES = 22
