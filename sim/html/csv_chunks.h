/* csv_chunks.h - a CSV file of any size, a megabyte of whole lines at a time. */
#ifndef SIM_HTML_CSV_CHUNKS_H
#define SIM_HTML_CSV_CHUNKS_H

#include "base/csv_table.h"

#ifdef __cplusplus
extern "C" {
#endif

/* csv_chunks - hands `take` one table after the other, each with the file's header; at least one,
 * perhaps without rows. `scratch` is empty again after each. `row` is the first one's number in the
 * file. Errors: IO, those of csv_parse and of `take`. cost: O(bytes); memory O(1) */
typedef Status (*CsvTake)(void *context, Arena *scratch, const CsvTable *table, uint64_t row,
                          Err *err);
Status csv_chunks(const char *path, CsvTake take, void *context, Err *err);

#ifdef __cplusplus
}
#endif
#endif
