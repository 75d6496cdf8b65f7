/* fault.h - the first thing that went wrong in a run; models go on idly once it is set. */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include "base/err.h"

typedef struct Fault {
    Status status; /* STATUS_OK while nothing did */
    Err *err;      /* may be NULL                 */
} Fault;

#endif
