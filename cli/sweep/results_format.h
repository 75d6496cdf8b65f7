/* results_format.h - what logs of results look like, for the one who writes and the one who
 * reads. */
#ifndef CLI_RESULTS_FORMAT_H
#define CLI_RESULTS_FORMAT_H

#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RESULTS_FOLDER "results"
#define RESULTS_NAME_FORMAT "%04u.csv"
#define RESULTS_MAGIC "egret_results"

enum { RESULTS_VERSION = 1, RESULTS_NAME_BYTES = 16, RESULTS_PATH_BYTES = 4096 };

/* results_log_header - the two lines that a log begins with. */
const char *results_log_header(Arena *arena, const Plan *plan);

/* results_header_checksum - of the first line, up to the checksum, and of the second. */
uint64_t results_header_checksum(const char *first, size_t n_first, const char *names,
                                 size_t n_names);

/* results_file_number - 17 of "0017.csv"; 0 of any other name. */
unsigned results_file_number(const char *name);

#ifdef __cplusplus
}
#endif
#endif
